#include "tallymq/mqtt/topic.h"

#include <algorithm>

#include "rule.h"
#include "tallymq/base/assert.h"
#include "utf8.h"

namespace tallymq::mqtt {
namespace {

constexpr std::size_t kTopicBytesMax = 65'535;

constexpr Rule kIllFormed{"MQTT3-1.5.3-1", "MQTT-1.5.4-1", "A topic is not well-formed UTF-8"};
constexpr Rule kNull{"MQTT3-1.5.3-2", "MQTT-1.5.4-2", "A topic holds U+0000"};

constexpr Rule kNameEmpty{"MQTT3-4.7.3-1", "MQTT-4.7.3-1", "A topic name is empty",
                          ReasonCode::kTopicNameInvalid};
constexpr Rule kNameTooLong{"MQTT3-4.7.3-3", "MQTT-4.7.3-3",
                            "A topic name has more than 65,535 bytes",
                            ReasonCode::kTopicNameInvalid};
constexpr Rule kNameWildcard{"MQTT3-4.7.1-1", "MQTT-4.7.0-1", "A topic name holds a wildcard",
                             ReasonCode::kTopicNameInvalid};

constexpr Rule kFilterEmpty{"MQTT3-4.7.3-1", "MQTT-4.7.3-1", "A topic filter is empty",
                            ReasonCode::kTopicFilterInvalid};
constexpr Rule kFilterTooLong{"MQTT3-4.7.3-3", "MQTT-4.7.3-3",
                              "A topic filter has more than 65,535 bytes",
                              ReasonCode::kTopicFilterInvalid};
constexpr Rule kMultiLevelWildcard{"MQTT3-4.7.1-2", "MQTT-4.7.1-1",
                                   "A # is not alone in its level or not the last level",
                                   ReasonCode::kTopicFilterInvalid};
constexpr Rule kSingleLevelWildcard{"MQTT3-4.7.1-3", "MQTT-4.7.1-2", "A + does not fill its level",
                                    ReasonCode::kTopicFilterInvalid};

constexpr Rule kNoShareName{kNone, "MQTT-4.8.2-1", "A shared subscription has no share name",
                            ReasonCode::kTopicFilterInvalid};
constexpr Rule kShareNameWildcard{kNone, "MQTT-4.8.2-2", "A share name holds a wildcard",
                                  ReasonCode::kTopicFilterInvalid};
constexpr Rule kNoSharedFilter{kNone, "MQTT-4.8.2-2",
                               "A shared subscription has no topic filter behind its share name",
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

bool IsCharacterData(std::string_view payload) {
  while (true) {
    const std::size_t valid = ValidPrefix<Wildcards::kAllowed>(payload);
    if (valid == payload.size()) return true;
    if (payload[valid] != '\0') return false;
    payload.remove_prefix(valid + 1);
  }
}

Result<TopicName, DecodeError> TopicName::Parse(std::string_view text, Version version) {
  if (text.empty()) return Unexpected{Broken(kNameEmpty, version, 0)};
  if (text.size() > kTopicBytesMax) {
    return Unexpected{Broken(kNameTooLong, version, kTopicBytesMax)};
  }
  const std::size_t valid = ValidPrefix<Wildcards::kForbidden>(text);
  if (valid < text.size()) {
    switch (text[valid]) {
      case '\0':
        return Unexpected{Broken(kNull, version, valid)};
      case '+':
      case '#':
        return Unexpected{Broken(kNameWildcard, version, valid)};
      default:
        return Unexpected{Broken(kIllFormed, version, valid)};
    }
  }
  return TopicName(text);
}

Result<TopicFilter, DecodeError> TopicFilter::Parse(std::string_view text, Version version) {
  if (text.empty()) return Unexpected{Broken(kFilterEmpty, version, 0)};
  if (text.size() > kTopicBytesMax) {
    return Unexpected{Broken(kFilterTooLong, version, kTopicBytesMax)};
  }
  const std::size_t valid = ValidPrefix<Wildcards::kAllowed>(text);
  if (valid < text.size()) {
    return Unexpected{Broken(text[valid] == '\0' ? kNull : kIllFormed, version, valid)};
  }
  std::size_t at = 0;
  if (const Rule* rule = BrokenWildcard(text, at)) return Unexpected{Broken(*rule, version, at)};
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

Result<SharedFilter, DecodeError> SharedFilter::Parse(const TopicFilter& filter) {
  TALLYMQ_ASSERT(filter.is_shared());
  const std::string_view text = filter.text();
  const std::size_t name_at = text.find('/') + 1;
  const std::size_t name_end = std::min(text.find('/', name_at), text.size());
  const std::string_view share_name = text.substr(name_at, name_end - name_at);
  if (share_name.empty()) return Unexpected{Broken(kNoShareName, Version::k50, name_at)};
  const std::size_t wildcard = share_name.find_first_of("+#");
  if (wildcard != std::string_view::npos) {
    return Unexpected{Broken(kShareNameWildcard, Version::k50, name_at + wildcard)};
  }
  if (name_end + 1 >= text.size()) {
    return Unexpected{Broken(kNoSharedFilter, Version::k50, name_end)};
  }
  // What follows a slash of a filter is one.
  return SharedFilter(share_name, *TopicFilter::Parse(text.substr(name_end + 1), Version::k50));
}

std::size_t CountLevels(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '/'));
}

}  // namespace tallymq::mqtt
