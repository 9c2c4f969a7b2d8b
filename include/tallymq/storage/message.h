// A message: topic, properties and payload in one block, shared by all who still need it.

#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "tallymq/base/types.h"

namespace tallymq::storage {

class MessagePtr;

// Immutable once made. One allocation holds the header and all bytes; it is never copied again,
// neither for further recipients nor for the journal.
//
// Owner: one thread at a time. The count is not atomic: the loop thread makes, shares and drops
// messages; the journal thread only reads those of the batch it has been handed, which goes back to
// the loop thread with its references; the reader thread makes messages and hands them over for
// good.
class Message {
 public:
  struct Header {
    QoS qos = QoS::kAtMostOnce;      // as published
    bool retain = false;             // as published
    std::uint64_t published_ms = 0;  // broker time of its arrival
    // Message Expiry Interval of 5.0, as published. Seconds; none: it never expires.
    std::optional<std::uint32_t> expiry_s{};
    friend bool operator==(const Header&, const Header&) = default;
  };

  // Copies topic, properties (those that go to every recipient unchanged, as encoded on the wire by
  // 5.0, without the length before them; empty for 3.x) and payload into a new message. Topic up to
  // 65,535 bytes.
  static MessagePtr Make(const Header& header, std::string_view topic, std::string_view properties,
                         std::string_view payload);

  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[nodiscard]] QoS qos() const { return header_.qos; }
  [[nodiscard]] bool retain() const { return header_.retain; }
  [[nodiscard]] std::uint64_t published_ms() const { return header_.published_ms; }
  [[nodiscard]] std::optional<std::uint32_t> expiry_s() const { return header_.expiry_s; }
  // Its expiry interval has passed at broker time `now_ms`. Spec: [MQTT-3.3.2-5].
  [[nodiscard]] bool expired(std::uint64_t now_ms) const {
    return header_.expiry_s &&
           now_ms >= header_.published_ms + std::uint64_t{*header_.expiry_s} * 1000;
  }
  [[nodiscard]] std::string_view topic() const { return {bytes(), topic_size_}; }
  [[nodiscard]] std::string_view properties() const {
    return {bytes() + topic_size_, properties_size_};
  }
  [[nodiscard]] std::string_view payload() const {
    return {bytes() + topic_size_ + properties_size_, payload_size_};
  }
  friend bool operator==(const Message& a, const Message& b) {
    return a.header_ == b.header_ && a.topic() == b.topic() && a.properties() == b.properties() &&
           a.payload() == b.payload();
  }
  // Bytes that it says: what limits on queues count.
  [[nodiscard]] std::size_t size() const {
    return std::size_t{topic_size_} + properties_size_ + payload_size_;
  }
  // Memory that the message takes, in bytes.
  [[nodiscard]] std::size_t footprint() const {
    return sizeof(Message) + topic_size_ + properties_size_ + payload_size_;
  }

 private:
  friend class MessagePtr;
  Message() = default;
  ~Message() = default;
  [[nodiscard]] const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

  std::uint32_t references_ = 0;
  std::uint32_t topic_size_ = 0;
  std::uint32_t properties_size_ = 0;
  std::uint32_t payload_size_ = 0;
  Header header_;
};

// Shares a message. See `Message` for the thread that may copy and drop it.
class MessagePtr {
 public:
  MessagePtr() = default;
  explicit MessagePtr(Message* message) : message_(message) { Acquire(); }
  MessagePtr(const MessagePtr& other) : message_(other.message_) { Acquire(); }
  MessagePtr(MessagePtr&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  MessagePtr& operator=(MessagePtr other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~MessagePtr() { Release(); }

  explicit operator bool() const { return message_ != nullptr; }
  const Message* operator->() const { return message_; }
  const Message& operator*() const { return *message_; }
  [[nodiscard]] const Message* get() const { return message_; }
  // The same message, or two that say the same.
  friend bool operator==(const MessagePtr& a, const MessagePtr& b) {
    if (a.message_ == b.message_) return true;
    return a && b && *a == *b;
  }

 private:
  void Acquire() {
    if (message_ != nullptr) ++message_->references_;
  }
  void Release() {
    if (message_ != nullptr && --message_->references_ == 0) {
      message_->~Message();
      ::operator delete(message_);
    }
  }

  Message* message_ = nullptr;
};

inline MessagePtr Message::Make(const Header& header, std::string_view topic,
                                std::string_view properties, std::string_view payload) {
  void* block = ::operator new(sizeof(Message) + topic.size() + properties.size() + payload.size());
  auto* message = new (block) Message;
  message->header_ = header;
  message->topic_size_ = static_cast<std::uint32_t>(topic.size());
  message->properties_size_ = static_cast<std::uint32_t>(properties.size());
  message->payload_size_ = static_cast<std::uint32_t>(payload.size());
  char* to = reinterpret_cast<char*>(message + 1);
  for (const std::string_view part : {topic, properties, payload}) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return MessagePtr{message};
}

}  // namespace tallymq::storage
