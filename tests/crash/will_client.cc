#include "will_client.h"

#include "message_text.h"

namespace tallymq::crash {

WillClient::WillClient(Poller& poller, PeerOptions options, Random random, QoS qos,
                       WillLedger& ledger, StreamId index, bool clean)
    : Peer(poller, std::move(options), random),
      qos_(qos),
      ledger_(ledger),
      index_(index),
      clean_(clean) {}

void WillClient::OnConnecting(mqtt::Connect& connect) {
  connect.clean_start = clean_;
  mqtt::Will& will = connect.will.emplace();
  will.qos = qos_;
  will.retain = random().Chance(50);
  will.topic = *mqtt::TopicName::Parse(ledger_.topic(index_));
  WritePayload({index_, ledger_.Sent(index_, will.retain)}, payload_);
  will.payload = payload_;
}

void WillClient::OnEvent(const client::Event& event, bool /*mute*/) {
  if (std::holds_alternative<client::Connected>(event)) ledger_.Connected(index_);
}

}  // namespace tallymq::crash
