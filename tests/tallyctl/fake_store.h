// A store in memory, for what tallyctl makes of it.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/mqtt/topic.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// Tests fill the members. `unopenable` is what opening it answers, `broken` what every call does.
class FakeStore : public storage::StoreReader {
 public:
  Result<storage::StoreInfo, storage::StoreError> Info() override {
    if (broken) return Unexpected{*broken};
    return info;
  }
  Result<storage::Recovered, storage::StoreError> Meta() override {
    if (broken) return Unexpected{*broken};
    return info.recovered;
  }
  Result<storage::Recovered, storage::StoreError> Load(storage::RecoverySink&) override {
    return Meta();
  }
  Result<Void, storage::StoreError> ReadSessions(
      const std::function<bool(const storage::StoredSession&)>& visit) override {
    if (broken) return Unexpected{*broken};
    for (const storage::StoredSession& session : sessions) {
      if (!visit(session)) break;
    }
    return Void{};
  }
  Result<std::optional<storage::StoredSession>, storage::StoreError> FindSession(
      std::string_view client_id) override {
    if (broken) return Unexpected{*broken};
    for (const storage::StoredSession& session : sessions) {
      if (session.record.client_id == client_id) return std::optional(session);
    }
    return std::optional<storage::StoredSession>();
  }
  // Pages of two entries, so that every list of three crosses a border.
  Result<storage::Page, storage::StoreError> ReadQueue(storage::SessionNumber queue,
                                                       storage::Seq from,
                                                       storage::PageLimits) override {
    if (broken) return Unexpected{*broken};
    storage::Page page;
    page.queue = queue;
    const auto& entries = queues[queue];
    auto it = entries.lower_bound(from);
    for (; it != entries.end() && page.entries.size() < 2; ++it) {
      if (damaged_entry == it->first) {
        page.corrupt = true;
        return page;
      }
      page.entries.push_back({it->first, it->second.header, it->second.message});
    }
    page.complete = it == entries.end();
    return page;
  }
  // Pages that look at two topics, so that some that are not the last hold nothing.
  Result<storage::RetainedPage, storage::StoreError> ReadRetained(
      const storage::RetainedQuery& query) override {
    if (broken) return Unexpected{*broken};
    storage::RetainedPage page;
    page.after = query.after;
    auto it = retained.begin();
    if (!query.after.empty()) {
      while (it != retained.end() && it->message->topic() != query.after) ++it;
      if (it != retained.end()) ++it;
    }
    for (int seen = 0; it != retained.end() && seen < 2; ++it, ++seen) {
      page.after = it->message->topic();
      page.corrupt = damaged_topic == page.after;
      if (page.corrupt) return page;
      if (Matches(query, page.after)) page.entries.push_back(*it);
    }
    page.complete = it == retained.end();
    return page;
  }
  Result<std::uint64_t, storage::StoreError> Verify(
      const std::function<void(const storage::Finding&)>& found,
      const std::function<void(double)>& progress) override {
    if (broken) return Unexpected{*broken};
    progress(0.25);
    for (const storage::Finding& finding : findings) found(finding);
    progress(1.0);
    return std::uint64_t{1234};
  }

  void Append(std::uint64_t session, std::uint64_t seq, QoS qos, std::string_view topic,
              std::string_view payload) {
    storage::Message::Header header{.qos = qos, .published_ms = info.recovered.times.broker_ms};
    queues[storage::SessionNumber{session}][storage::Seq{seq}] = {
        {.qos = qos}, storage::Message::Make(header, topic, "", payload)};
  }

  // Behind those that are there: tests add topics in the order of the store.
  void Retain(std::uint64_t number, QoS qos, std::string_view topic, std::string_view payload,
              std::optional<std::uint32_t> expiry_s = {}, std::string_view properties = {}) {
    storage::Message::Header header{.qos = qos,
                                    .retain = true,
                                    .published_ms = info.recovered.times.broker_ms - 60'000,
                                    .expiry_s = expiry_s};
    retained.push_back({storage::MessageNumber{number},
                        storage::Message::Make(header, topic, properties, payload)});
  }

  struct Entry {
    storage::EntryHeader header;
    storage::MessagePtr message;
  };
  std::optional<storage::StoreError> unopenable;
  std::optional<storage::StoreError> broken;
  storage::StoreInfo info;
  std::vector<storage::StoredSession> sessions;
  std::map<storage::SessionNumber, std::map<storage::Seq, Entry>> queues;
  std::optional<storage::Seq> damaged_entry;
  std::vector<storage::RetainedEntry> retained;
  std::optional<std::string> damaged_topic;
  std::vector<storage::Finding> findings;

 private:
  static bool Matches(const storage::RetainedQuery& query, const std::string& topic) {
    // A "$" in front is a letter like others when no wildcard may stop at it.
    const std::string name = query.dollar_topics && topic[0] == '$' ? "_" + topic.substr(1) : topic;
    std::string filter = query.filter;
    if (name != topic && filter[0] == '$') filter[0] = '_';
    return mqtt::TopicFilter::Parse(filter)->Matches(*mqtt::TopicName::Parse(name));
  }
};

}  // namespace tallymq::tallyctl
