// Which retained messages a topic filter matches, found by seeks: keys lie in the order of levels,
// so a wildcard is a walk that leaps over what cannot match, and no index is needed.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tallymq::storage {

class RetainedWalk {
 public:
  // `filter` is a well-formed topic filter. See `RetainedQuery` for `dollar_topics`.
  explicit RetainedWalk(std::string_view filter, bool dollar_topics = false);

  // Where a walk over all that matches begins.
  [[nodiscard]] std::string Begin() const;

  enum class Verdict : std::uint8_t {
    kMatch,  // the key matches; go on with the next one
    kNext,   // it does not; the next one may
    kSeek,   // it does not, nor does any below `target`
    kEnd,    // neither it nor any behind it matches
  };
  struct Step {
    Verdict verdict;
    std::string target;
  };
  // Looks at one key. Spec: [MQTT3-4.7.1-2], [MQTT3-4.7.1-3], [MQTT3-4.7.2-1].
  [[nodiscard]] Step Examine(std::string_view key) const;

 private:
  // The step that leaves the first `levels` levels of `key` behind, as far as the filter asks for
  // it.
  [[nodiscard]] Step Leap(std::string_view key, std::size_t levels) const;

  std::vector<std::string> levels_;
  std::vector<std::size_t> pluses_;  // positions of "+"
  bool below_ = false;               // ends with "#", which is not in `levels_`
  bool dollar_topics_ = false;
};

}  // namespace tallymq::storage
