#include "topics.h"

#include <cstddef>

namespace tallymq::sim {

bool Takes(std::string_view filter, std::string_view topic) {
  if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
  while (true) {
    if (filter == "#") return true;
    const std::size_t filter_end = filter.find('/');
    const std::size_t topic_end = topic.find('/');
    const std::string_view level = filter.substr(0, filter_end);
    if (level != "+" && level != topic.substr(0, topic_end)) return false;
    const bool filter_over = filter_end == std::string_view::npos;
    const bool topic_over = topic_end == std::string_view::npos;
    if (filter_over) return topic_over;
    filter.remove_prefix(filter_end + 1);
    // "a/#" takes "a" as well.
    if (topic_over) return filter == "#";
    topic.remove_prefix(topic_end + 1);
  }
}

}  // namespace tallymq::sim
