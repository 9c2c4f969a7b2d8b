#include "clean_starter.h"

#include <fmt/format.h>

namespace tallymq::crash {

using State = SubscriptionLedger::State;

CleanStarter::CleanStarter(Poller& poller, PeerOptions options, Random random, QoS qos,
                           std::string prefix, const bool* open)
    : Peer(poller, std::move(options), random),
      qos_(qos),
      prefix_(std::move(prefix)),
      open_(open) {}

std::string CleanStarter::Topic() const { return fmt::format("{}/{}", prefix_, life_); }

void CleanStarter::OnConnecting(mqtt::Connect& connect) {
  // What it has forgotten itself, it goes on asking the broker to forget.
  const bool again = clean_ && !confirmed_;
  clean_ = again || (stored_ != Stored::kNo && *open_ && random().Chance(40));
  connect.clean_start = clean_;
  confirmed_ = false;
  fresh_ = stored_ == Stored::kNo;
  if (clean_) {
    if (!again) ++life_;
    if (stored_ == Stored::kYes) stored_ = Stored::kPerhaps;
  } else if (stored_ == Stored::kNo) {
    stored_ = Stored::kPerhaps;
  }
}

void CleanStarter::OnConnected(bool present) {
  confirmed_ = true;
  if (clean_) {
    stored_ = Stored::kNo;
    subscriptions_.SessionEnded();
    ++clean_starts_;
    return;
  }
  stored_ = Stored::kYes;
  if (!present) subscriptions_.SessionEnded();
}

void CleanStarter::OnTurn() {
  if (!connected() || clean_) return;
  const std::string topic = Topic();
  if (!asked_ && subscriptions_.state(topic) != State::kPresent) {
    mqtt::SubscriptionRequest request;
    request.filter = *mqtt::TopicFilter::Parse(topic);
    request.qos = QoS::kExactlyOnce;
    TALLYMQ_ASSERT(client().Subscribe({&request, 1}, {}).has_value());
    asked_ = topic;
    subscriptions_.Asked(topic);
  }
  const Moment now = Clock::now();
  if (!*open_ || now < next_ || !client().window_open()) return;
  next_ = now + std::chrono::milliseconds(random().Between(0, 8));
  TALLYMQ_ASSERT(client().Publish(*mqtt::TopicName::Parse(topic), "of a session", qos_, false, {}));
}

void CleanStarter::OnEvent(const client::Event& event, bool /*mute*/) {
  if (const auto* connected = std::get_if<client::Connected>(&event)) {
    if (!clean_ && fresh_ && connected->session_present) {
      Complain("CONNACK says that there is a session, and a clean start had dropped it");
    }
    OnConnected(connected->session_present);
  } else if (std::holds_alternative<client::Subscribed>(event)) {
    subscriptions_.Answered(*asked_, true);
    asked_.reset();
  } else if (const auto* message = std::get_if<client::Message>(&event)) {
    if (subscriptions_.state(std::string(message->topic)) == State::kAbsent) {
      Complain(fmt::format("a message on {} came, from a session that a clean start dropped",
                           message->topic));
    }
  }
}

void CleanStarter::OnEnd(End /*end*/) { asked_.reset(); }

void CleanStarter::Compare(const StoredSession* stored, Comparison& comparison) const {
  if (stored == nullptr) {
    if (stored_ == Stored::kYes) {
      comparison.disagreements.push_back(client_id() +
                                         ": the session got CONNACK and is not there");
    }
    return;
  }
  if (stored_ == Stored::kNo) {
    comparison.disagreements.push_back(client_id() +
                                       ": a session is there that a clean start dropped");
    return;
  }
  if (stored_ == Stored::kYes) {
    subscriptions_.Compare(*stored, comparison);
    return;
  }
  for (const std::string& filter : stored->filters) {
    if (subscriptions_.state(filter) == State::kAbsent) {
      comparison.disagreements.push_back(
          fmt::format("{}: subscription '{}' of a dropped session is there", client_id(), filter));
    }
  }
}

}  // namespace tallymq::crash
