// Strict UTF-8, as fast as text that is mostly ASCII allows.

#pragma once

#include <cstddef>
#include <string_view>

namespace tallymq::mqtt {

// What text may hold beside well-formed UTF-8 without U+0000.
enum class Wildcards : bool { kAllowed, kForbidden };

// Returns how many bytes of `text` can stand in an MQTT string: all of it, or up to the first byte
// of the first character that cannot. That byte says why: 0 is U+0000, with kForbidden '+' and '#'
// are wildcards, everything else begins something ill-formed. Spec: [MQTT3-1.5.3-1],
// [MQTT3-1.5.3-2].
template <Wildcards kWildcards>
std::size_t ValidPrefix(std::string_view text);

extern template std::size_t ValidPrefix<Wildcards::kAllowed>(std::string_view text);
extern template std::size_t ValidPrefix<Wildcards::kForbidden>(std::string_view text);

}  // namespace tallymq::mqtt
