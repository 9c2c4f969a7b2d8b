#include "tallymq/broker/effects.h"

#include <array>
#include <type_traits>
#include <vector>

#include "tallymq/mqtt/codec.h"

namespace tallymq::broker {
namespace {

void EncodePublish(const OutPublish& out_publish, mqtt::Version version, std::string& out) {
  const storage::Message& message = *out_publish.message;
  mqtt::Publish publish{.dup = out_publish.dup,
                        .qos = out_publish.qos,
                        .retain = out_publish.retain,
                        .topic = {},
                        .packet_id = out_publish.packet_id,
                        .properties = message.properties(),
                        .payload = message.payload()};
  if (!out_publish.topic_known) publish.topic = mqtt::TopicName::Known(message.topic());
  mqtt::ReceiverProperties receiver{.message_expiry_s = out_publish.expiry_s,
                                    .topic_alias = out_publish.topic_alias};
  const storage::SubscriptionIds& ids = out_publish.subscriptions;
  if (version != mqtt::Version::k50 || ids.size() <= 1) {
    const std::array<std::uint32_t, 1> only{ids.empty() ? 0 : ids[0]};
    if (!ids.empty()) receiver.subscription_ids = only;
    mqtt::EncodePublishHead(publish, version, out, receiver);
    return;
  }
  std::vector<std::uint32_t> all;
  for (std::size_t i = 0; i < ids.size(); ++i) all.push_back(ids[i]);
  receiver.subscription_ids = all;
  mqtt::EncodePublishHead(publish, version, out, receiver);
}

}  // namespace

void EncodeHead(const Send& effect, std::string& out) {
  std::visit(
      [&](const auto& packet) {
        using P = std::decay_t<decltype(packet)>;
        if constexpr (std::is_same_v<P, OutPublish>) {
          EncodePublish(packet, effect.version, out);
        } else if constexpr (std::is_same_v<P, OutConnack>) {
          mqtt::EncodeHead(mqtt::Connack{packet.session_present, packet.reason, packet.properties},
                           effect.version, out);
        } else if constexpr (std::is_same_v<P, OutDisconnect>) {
          mqtt::EncodeHead(mqtt::Disconnect{packet.reason, packet.properties}, effect.version, out);
        } else if constexpr (std::is_same_v<P, OutAuth>) {
          mqtt::EncodeHead(mqtt::Auth{packet.reason, packet.properties}, effect.version, out);
        } else {
          mqtt::EncodeHead(packet, effect.version, out);
        }
      },
      effect.packet);
}

void Encode(const Send& effect, std::string& out) {
  EncodeHead(effect, out);
  if (const auto* publish = std::get_if<OutPublish>(&effect.packet)) {
    out.append(publish->message->payload());
  }
}

}  // namespace tallymq::broker
