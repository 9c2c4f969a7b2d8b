#include "retained_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "message_text.h"

namespace tallymq::crash {

std::optional<StoredRetained> ParseRetained(std::string_view json, std::string& error) {
  StoredRetained retained;
  try {
    const nlohmann::json document = nlohmann::json::parse(json);
    for (const auto& object : document.at("retained")) {
      retained.emplace(object.at("topic"), object.at("payload"));
    }
  } catch (const nlohmann::json::exception& exception) {
    error = exception.what();
    return std::nullopt;
  }
  return retained;
}

RetainedLedger::RetainedLedger(std::vector<std::string> topics) {
  for (std::string& name : topics) topics_.push_back({std::move(name), {}, 0});
}

std::uint64_t RetainedLedger::Add(StreamId topic, bool clears) {
  topics_[topic.value()].clears.push_back(clears);
  return topics_[topic.value()].clears.size();
}

void RetainedLedger::Accepted(StreamId id, std::uint64_t number) {
  Topic& topic = topics_[id.value()];
  topic.accepted = std::max(topic.accepted, number);
  ++(topic.clears[number - 1] ? clears_ : sets_);
}

bool RetainedLedger::knows(const std::string& topic) const {
  return std::any_of(topics_.begin(), topics_.end(),
                     [&](const Topic& known) { return known.name == topic; });
}

void RetainedLedger::Compare(const StoredRetained& stored, Comparison& comparison) {
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    const Topic& topic = topics_[i];
    const auto disagree = [&](std::string what) {
      comparison.disagreements.push_back(
          fmt::format("retained on {}: {}; acknowledged up to {}, sent up to {}", topic.name,
                      std::move(what), topic.accepted, topic.clears.size()));
    };
    ++compared_;
    const auto found = stored.find(topic.name);
    if (found == stored.end()) {
      const auto first = topic.clears.begin() +
                         static_cast<std::ptrdiff_t>(topic.accepted > 0 ? topic.accepted - 1 : 0);
      const bool cleared =
          topic.accepted == 0 || std::find(first, topic.clears.end(), true) != topic.clears.end();
      if (!cleared) disagree("nothing is there");
      continue;
    }
    const auto name = ReadPayload(found->second);
    if (!name || name->stream.value() != i || name->number == 0 ||
        name->number > topic.clears.size() || topic.clears[name->number - 1]) {
      disagree("a value is there that was never set");
    } else if (name->number < topic.accepted) {
      disagree(fmt::format("value {} is there", name->number));
    }
  }
}

}  // namespace tallymq::crash
