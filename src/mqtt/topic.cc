#include "tallymq/mqtt/topic.h"

#include <algorithm>

#include "rule.h"
#include "utf8.h"

namespace tallymq::mqtt {
namespace {

constexpr std::size_t kTopicBytesMax = 65'535;

constexpr Rule kIllFormed{"MQTT3-1.5.3-1", "A topic is not well-formed UTF-8"};
constexpr Rule kNull{"MQTT3-1.5.3-2", "A topic holds U+0000"};

constexpr Rule kNameEmpty{"MQTT3-4.7.3-1", "A topic name is empty", ReasonCode::kTopicNameInvalid};
constexpr Rule kNameTooLong{"MQTT3-4.7.3-3", "A topic name has more than 65,535 bytes",
                            ReasonCode::kTopicNameInvalid};
constexpr Rule kNameWildcard{"MQTT3-4.7.1-1", "A topic name holds a wildcard",
                             ReasonCode::kTopicNameInvalid};

constexpr Rule kFilterEmpty{"MQTT3-4.7.3-1", "A topic filter is empty",
                            ReasonCode::kTopicFilterInvalid};
constexpr Rule kFilterTooLong{"MQTT3-4.7.3-3", "A topic filter has more than 65,535 bytes",
                              ReasonCode::kTopicFilterInvalid};
constexpr Rule kMultiLevelWildcard{"MQTT3-4.7.1-2",
                                   "A # is not alone in its level or not the last level",
                                   ReasonCode::kTopicFilterInvalid};
constexpr Rule kSingleLevelWildcard{"MQTT3-4.7.1-3", "A + does not fill its level",
                                    ReasonCode::kTopicFilterInvalid};

// Which rule the wildcards of a filter break, if any; `at` becomes the offset of the one that does.
const Rule* BrokenWildcard(std::string_view filter, std::size_t& at) {
  for (at = 0; at < filter.size(); ++at) {
    if (filter[at] != '+' && filter[at] != '#') continue;
    const bool begins_level = at == 0 || filter[at - 1] == '/';
    const bool ends_filter = at + 1 == filter.size();
    if (filter[at] == '#') {
      if (!begins_level || !ends_filter) return &kMultiLevelWildcard;
    } else {
      if (!begins_level || !(ends_filter || filter[at + 1] == '/')) return &kSingleLevelWildcard;
    }
  }
  return nullptr;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  return ValidPrefix<Wildcards::kAllowed>(text) == text.size();
}

Result<TopicName, DecodeError> TopicName::Parse(std::string_view text) {
  if (text.empty()) return Unexpected{Broken(kNameEmpty, 0)};
  if (text.size() > kTopicBytesMax) return Unexpected{Broken(kNameTooLong, kTopicBytesMax)};
  const std::size_t valid = ValidPrefix<Wildcards::kForbidden>(text);
  if (valid < text.size()) {
    switch (text[valid]) {
      case '\0':
        return Unexpected{Broken(kNull, valid)};
      case '+':
      case '#':
        return Unexpected{Broken(kNameWildcard, valid)};
      default:
        return Unexpected{Broken(kIllFormed, valid)};
    }
  }
  return TopicName(text);
}

Result<TopicFilter, DecodeError> TopicFilter::Parse(std::string_view text) {
  if (text.empty()) return Unexpected{Broken(kFilterEmpty, 0)};
  if (text.size() > kTopicBytesMax) return Unexpected{Broken(kFilterTooLong, kTopicBytesMax)};
  const std::size_t valid = ValidPrefix<Wildcards::kAllowed>(text);
  if (valid < text.size()) {
    return Unexpected{Broken(text[valid] == '\0' ? kNull : kIllFormed, valid)};
  }
  std::size_t at = 0;
  if (const Rule* rule = BrokenWildcard(text, at)) return Unexpected{Broken(*rule, at)};
  return TopicFilter(text);
}

bool TopicFilter::has_wildcard() const {
  return text_.find_first_of("+#") != std::string_view::npos;
}

bool TopicFilter::Matches(const TopicName& name) const {
  // [MQTT3-4.7.2-1]: a leading wildcard keeps away from what servers call their own.
  if (name.text().front() == '$' && text_.front() != '$') return false;
  Levels filter(text_);
  Levels names(name.text());
  while (!filter.done()) {
    const std::string_view level = filter.Next();
    if (level == "#") return true;
    if (names.done()) return false;
    const std::string_view name_level = names.Next();
    if (level != "+" && level != name_level) return false;
  }
  return names.done();
}

std::size_t CountLevels(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
}

}  // namespace tallymq::mqtt
