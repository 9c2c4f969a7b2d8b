// Every bound of the core: its unit, its default, what happens at it.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tallymq::broker {

// What happens to a message for which a queue has no room.
enum class QueuePolicy : std::uint8_t {
  kRefuse,      // the whole publish is refused, for all its recipients, before anything is written
  kDropOldest,  // the oldest that has never been sent goes; the publisher is told of success
  kDropNewest,  // this queue does not get the message; the publisher is told of success
};

// 0 means no bound where it is said so.
struct Limits {
  // Who a client is, is asked before it is accepted, with an `Authenticate` effect. Otherwise
  // everyone is accepted, and no authentication method is known.
  bool authenticate = false;
  // Clients at once. A further CONNECT gets "server unavailable" and is counted. 0: as many as the
  // process may open files. Connections.
  std::uint32_t connections_max = 0;
  // A longer client identifier is refused ("identifier rejected"). Bytes, up to 65,535.
  std::uint32_t client_id_bytes_max = 65'535;
  // A PUBLISH with a longer topic, or a deeper one, ends its connection; so does a will. A filter
  // beyond either is refused in its SUBACK. Bytes, up to 65,535; levels.
  std::uint32_t topic_bytes_max = 65'535;
  std::uint32_t topic_levels_max = 1024;
  // Subscriptions of one session. Further ones are refused in their SUBACK. Subscriptions.
  std::uint32_t subscriptions_max = 10'000;
  // Messages that wait in the queue of one persistent session: those never sent. What happens
  // beyond is the policy. 0: no bound but the disk. Messages; bytes of topic, properties and
  // payload.
  std::uint64_t queue_messages_max = 0;
  std::uint64_t queue_bytes_max = 0;
  QueuePolicy queue_policy = QueuePolicy::kRefuse;
  // Retained messages, of all topics. At the bound a PUBLISH that sets one is refused, also where
  // it would replace one: whether it does is not known without a read. Clearing is not refused. 0:
  // no bound but the disk. Messages; bytes of keys and values in the store.
  std::uint64_t retained_max = 0;
  std::uint64_t retained_bytes_max = 0;
  // A 3.x client cannot be told that a publish was refused. It gets no answer, nor do its later
  // ones, and is disconnected after this time, so that it sends them again. Milliseconds.
  std::uint32_t refused_close_ms = 10'000;
  // Time from the connection to a whole CONNECT. Then it is closed. Milliseconds.
  std::uint32_t connect_timeout_ms = 10'000;
  // Longest keep alive granted. 3.x cannot be told another one: a longer one, and 0, are taken as
  // this. 0: no maximum. Seconds.
  std::uint16_t keep_alive_max_s = 0;
  // Sessions of 3.x clients end this long after their connection. 5.0 clients name their own time,
  // and are granted this at most. 0xFFFFFFFF: never. Seconds.
  std::uint32_t session_expiry_s = 0xFFFFFFFF;
  // Largest packet that clients may send: a larger one ends its connection. The network sees to it;
  // the core tells 5.0 clients beforehand. Bytes with the fixed header.
  std::uint32_t packet_bytes_max = 16u << 20;
  // QoS 1 and 2 messages of a 5.0 client on their way in at once, 1..65,535. Ends the connection of
  // one that has more. 3.x knows no such limit. [design 9.4] Messages.
  std::uint16_t receive_max = 1024;
  // Topic aliases that a 5.0 client may give, and those that the broker gives in the other
  // direction, where the client allows some. Each takes the memory of a topic. 0: none. Aliases.
  std::uint16_t topic_aliases_max = 32;
  // A publish of a 5.0 client whose payload says it is UTF-8 is looked through, and refused if it
  // is not. Spec: section 3.3.2.3.2 leaves it open.
  bool validate_payload_format = false;
  // QoS 1 and 2 messages in flight to one client, 1..4096. Further ones wait in its queue.
  // Messages.
  std::uint32_t inflight_max = 256;
  // Packet identifiers that outgoing messages go round in, 1..65535. Fixed for the life of a store;
  // tests lower it, so that identifiers are used again soon.
  std::uint32_t packet_identifiers = 65'535;
  // Connections that a durable batch frees and that are served in one turn of the loop; the others
  // have theirs in the turns that follow. [design 9.13] Connections.
  std::uint32_t releases_per_turn = 1024;
  // Entries of one connected session's queue that are kept in memory; further ones are read from
  // disk when their turn comes. Messages, bytes.
  std::uint32_t window_entries = 1024;
  std::size_t window_bytes = 1u << 20;
  // All windows and all output that peers have not taken, together. Above it a window keeps one
  // entry, and a connection gets QoS 1 and 2 only when it has taken all before. Bytes.
  std::size_t buffers_bytes = 32u << 20;
  // Queue in memory of a session that is not persistent. A new message beyond it is dropped and
  // counted. Bytes.
  std::size_t clean_queue_bytes = 8u << 20;
  // Output that a connection's peer has not taken. Beyond it QoS 0 is dropped and counted, QoS 1
  // and 2 wait in the queue. Bytes.
  std::size_t output_bytes = 1u << 20;
  // An open batch that is this large while the journal is busy: publishers are not read any further
  // until it is submitted. Records, bytes.
  std::size_t batch_records = 8192;
  std::size_t batch_bytes = 4u << 20;
  // A state record that nothing gates is written after this time. Milliseconds.
  std::uint32_t lazy_ms = 100;
#ifdef TALLYMQ_FAULTS
  // Breaks D1: what waits for a batch leaves at once. For the crash test's self-test.
  bool early_acknowledgements = false;
#endif
};

}  // namespace tallymq::broker
