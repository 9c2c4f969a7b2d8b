#include "settings.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace tallymq::server {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
using Units = std::span<const Unit>;

// The largest first; the one without a name is what a bare number means.
constexpr Unit kBytes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}};
constexpr Unit kTime[] = {{"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}, {"", 1000}};
constexpr Unit kPlain[] = {{"", 1}};

struct Range {
  std::uint64_t min;
  std::uint64_t max;
  std::string_view example = {};
};

// "16MiB", "16 MiB", "1000": a whole number and one of `units`. Nothing if it is neither, or too
// large.
std::optional<std::uint64_t> ParseQuantity(std::string_view text, Units units) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (rest.size() > 1 && rest.front() == ' ') rest.remove_prefix(1);
  for (const Unit& unit : units) {
    if (rest != unit.name) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

// In the largest unit that gives a whole number.
std::string FormatQuantity(std::uint64_t quantity, Units units) {
  const Unit* best = &units.back();
  for (const Unit& unit : units) {
    if (quantity != 0 && quantity % unit.factor == 0) {
      best = &unit;
      break;
    }
  }
  return std::to_string(quantity / best->factor) + std::string{best->name};
}

template <typename T>
std::string SetQuantity(T& to, std::string_view text, Units units, Range range) {
  const auto value = ParseQuantity(text, units);
  if (value && *value >= range.min && *value <= range.max) {
    to = static_cast<T>(*value);
    return {};
  }
  const std::string bounds =
      FormatQuantity(range.min, units) + " to " + FormatQuantity(range.max, units);
  if (range.example.empty()) return "a whole number from " + bounds;
  return "a value from " + bounds + ", such as \"" + std::string{range.example} + "\"";
}

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

constexpr Choice<LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                        {"info", LogLevel::kInfo},
                                        {"warning", LogLevel::kWarning},
                                        {"error", LogLevel::kError}};
constexpr Choice<LogForm> kForms[] = {{"text", LogForm::kText}, {"json", LogForm::kJson}};
constexpr Choice<broker::QueuePolicy> kPolicies[] = {
    {"refuse", broker::QueuePolicy::kRefuse},
    {"drop-oldest", broker::QueuePolicy::kDropOldest},
    {"drop-newest", broker::QueuePolicy::kDropNewest}};
constexpr Choice<bool> kBooleans[] = {{"true", true}, {"false", false}};

template <typename T, std::size_t N>
std::string SetChoice(T& to, std::string_view text, const Choice<T> (&choices)[N]) {
  std::string names;
  for (const Choice<T>& choice : choices) {
    if (text == choice.name) {
      to = choice.value;
      return {};
    }
    names += (names.empty() ? "" : ", ") + std::string{choice.name};
  }
  return "one of " + names;
}

template <typename T, std::size_t N>
std::string NameOf(T value, const Choice<T> (&choices)[N]) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return std::string{choice.name};
  }
  return {};
}

constexpr Range kPacketBytes{1 << 10, 1 << 28, "16MiB"};
constexpr Range kConnectTimeout{100, 3'600'000, "10s"};
constexpr Range kKeepAlive{0, 65'535'000, "10min"};
constexpr std::uint32_t kNeverS = 0xFFFFFFFF;
constexpr Range kSessionExpiry{1000, (kNeverS - 1) * 1000ull, "168h"};
constexpr Range kInflight{1, 4096};
constexpr Range kReceiveMax{1, 65'535};
constexpr Range kAliases{0, 65'535};
constexpr Range kConnections{0, 10'000'000};
constexpr Range kTextBytes{1, 65'535, "1KiB"};
constexpr Range kLevelsMax{1, 65'536};
constexpr Range kSubscriptions{1, 100'000'000};
constexpr Range kCount{0, 1ull << 60};
constexpr Range kBuffer{64 << 10, 1ull << 40, "1MiB"};
constexpr Range kStoreMemory{1 << 20, 1ull << 40, "16MiB"};

const Setting kSettings[] = {
    {"listen", "--listen", "ADDRESS:PORT",
     "Where to listen: a numeric IPv4 or [IPv6] address. Repeatable. Port 0: any free one",
     Setting::Form::kTexts,
     [](Config& config, std::string_view text) -> std::string {
       const auto address = net::Address::Parse(text);
       if (!address) return "a numeric address and a port, such as 127.0.0.1:1883 or [::1]:1883";
       config.listen.push_back(*address);
       return {};
     },
     [](const Config& config) {
       std::string all;
       for (const net::Address& address : config.listen) {
         all += (all.empty() ? "" : " ") + address.ToString();
       }
       return all;
     }},
    {"store", "--store", "DIR", "Folder of the store; made if it is not there",
     Setting::Form::kText,
     [](Config& config, std::string_view text) -> std::string {
       if (text.empty()) return "the path of a folder";
       config.store = text;
       return {};
     },
     [](const Config& config) { return config.store; }},
    {"password_file", "--password-file", "FILE",
     "Who may connect, with passwords, as tallyctl passwd writes it; read again on SIGHUP. Empty: "
     "everyone",
     Setting::Form::kText,
     [](Config& config, std::string_view text) -> std::string {
       config.password_file = text;
       return {};
     },
     [](const Config& config) { return config.password_file; }},
    {"allow_anonymous", "--allow-anonymous", "",
     "Let everyone connect who can reach an address other than loopback; with a password file: "
     "those too who give no user name",
     Setting::Form::kBoolean,
     [](Config& config, std::string_view text) {
       return SetChoice(config.allow_anonymous, text, kBooleans);
     },
     [](const Config& config) { return NameOf(config.allow_anonymous, kBooleans); }},
    {"limits.packet_size_max", "--packet-size-max", "SIZE",
     "Largest packet taken; a client that sends a larger one is disconnected",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.packet_bytes_max, text, kBytes, kPacketBytes);
     },
     [](const Config& config) { return FormatQuantity(config.limits.packet_bytes_max, kBytes); }},
    {"limits.connect_timeout", "--connect-timeout", "TIME",
     "Time a client has for its CONNECT; then it is disconnected", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.connect_timeout_ms, text, kTime, kConnectTimeout);
     },
     [](const Config& config) { return FormatQuantity(config.limits.connect_timeout_ms, kTime); }},
    {"limits.keep_alive_max", "--keep-alive-max", "TIME",
     "Longest keep alive; a client that asks for a longer one, or none, gets this one. 0: no "
     "maximum",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) -> std::string {
       std::uint64_t ms = config.limits.keep_alive_max_s * std::uint64_t{1000};
       std::string expected = SetQuantity(ms, text, kTime, kKeepAlive);
       if (expected.empty() && ms % 1000 != 0) expected = "whole seconds";
       if (expected.empty()) config.limits.keep_alive_max_s = static_cast<std::uint16_t>(ms / 1000);
       return expected;
     },
     [](const Config& config) {
       return FormatQuantity(config.limits.keep_alive_max_s * std::uint64_t{1000}, kTime);
     }},
    {"limits.session_expiry", "--session-expiry", "TIME",
     "A persistent session ends after so long without its client at the latest, or \"never\"",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) -> std::string {
       if (text == "never") {
         config.limits.session_expiry_s = kNeverS;
         return {};
       }
       std::uint64_t ms = 0;
       std::string expected = SetQuantity(ms, text, kTime, kSessionExpiry);
       if (!expected.empty()) return "\"never\" or " + expected;
       if (ms % 1000 != 0) return "whole seconds";
       config.limits.session_expiry_s = static_cast<std::uint32_t>(ms / 1000);
       return {};
     },
     [](const Config& config) -> std::string {
       if (config.limits.session_expiry_s == kNeverS) return "never";
       return FormatQuantity(config.limits.session_expiry_s * std::uint64_t{1000}, kTime);
     }},
    {"limits.inflight_max", "--inflight-max", "MESSAGES",
     "QoS 1 and 2 messages in flight to one client; further ones wait in its queue",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.inflight_max, text, kPlain, kInflight);
     },
     [](const Config& config) { return FormatQuantity(config.limits.inflight_max, kPlain); }},
    {"limits.receive_max", "--receive-max", "MESSAGES",
     "QoS 1 and 2 messages of a 5.0 client on their way in at once; it is told at its CONNECT",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.receive_max, text, kPlain, kReceiveMax);
     },
     [](const Config& config) { return FormatQuantity(config.limits.receive_max, kPlain); }},
    {"limits.topic_aliases_max", "--topic-aliases-max", "ALIASES",
     "Topic aliases of a 5.0 connection, in each direction. 0: none", Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.topic_aliases_max, text, kPlain, kAliases);
     },
     [](const Config& config) { return FormatQuantity(config.limits.topic_aliases_max, kPlain); }},
    {"limits.validate_payload_format", "--validate-payload-format", "",
     "Refuse publishes that say their payload is UTF-8 where it is not", Setting::Form::kBoolean,
     [](Config& config, std::string_view text) {
       return SetChoice(config.limits.validate_payload_format, text, kBooleans);
     },
     [](const Config& config) { return NameOf(config.limits.validate_payload_format, kBooleans); }},
    {"limits.connections_max", "--connections-max", "CLIENTS",
     "Clients at once; a further one gets \"server unavailable\". 0: as many as files may be open",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.connections_max, text, kPlain, kConnections);
     },
     [](const Config& config) { return FormatQuantity(config.limits.connections_max, kPlain); }},
    {"limits.client_id_size_max", "--client-id-size-max", "SIZE",
     "Longest client identifier; a longer one is refused", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.client_id_bytes_max, text, kBytes, kTextBytes);
     },
     [](const Config& config) {
       return FormatQuantity(config.limits.client_id_bytes_max, kBytes);
     }},
    {"limits.topic_size_max", "--topic-size-max", "SIZE", "Longest topic name or filter",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.topic_bytes_max, text, kBytes, kTextBytes);
     },
     [](const Config& config) { return FormatQuantity(config.limits.topic_bytes_max, kBytes); }},
    {"limits.topic_levels_max", "--topic-levels-max", "LEVELS", "Deepest topic name or filter",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.topic_levels_max, text, kPlain, kLevelsMax);
     },
     [](const Config& config) { return FormatQuantity(config.limits.topic_levels_max, kPlain); }},
    {"limits.subscriptions_max", "--subscriptions-max", "SUBSCRIPTIONS",
     "Subscriptions of one session; a further one is refused", Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.subscriptions_max, text, kPlain, kSubscriptions);
     },
     [](const Config& config) { return FormatQuantity(config.limits.subscriptions_max, kPlain); }},
    {"limits.queue_messages_max", "--queue-messages-max", "MESSAGES",
     "Messages that wait in the queue of one session. 0: the disk is the bound",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.queue_messages_max, text, kPlain, kCount);
     },
     [](const Config& config) { return FormatQuantity(config.limits.queue_messages_max, kPlain); }},
    {"limits.queue_size_max", "--queue-size-max", "SIZE",
     "The same in bytes of topics and payloads. 0: the disk is the bound",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.queue_bytes_max, text, kBytes, kCount);
     },
     [](const Config& config) { return FormatQuantity(config.limits.queue_bytes_max, kBytes); }},
    {"limits.queue_policy", "--queue-policy", "POLICY",
     "What happens at a queue's limit: refuse the publish, drop-oldest or drop-newest",
     Setting::Form::kText,
     [](Config& config, std::string_view text) {
       return SetChoice(config.limits.queue_policy, text, kPolicies);
     },
     [](const Config& config) { return NameOf(config.limits.queue_policy, kPolicies); }},
    {"limits.retained_max", "--retained-max", "MESSAGES",
     "Retained messages; at the bound a PUBLISH that sets one is refused. 0: no bound but the disk",
     Setting::Form::kNumber,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.retained_max, text, kPlain, kCount);
     },
     [](const Config& config) { return FormatQuantity(config.limits.retained_max, kPlain); }},
    {"limits.retained_size_max", "--retained-size-max", "SIZE",
     "The same in bytes in the store. 0: the disk is the bound", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.retained_bytes_max, text, kBytes, kCount);
     },
     [](const Config& config) { return FormatQuantity(config.limits.retained_bytes_max, kBytes); }},
    {"limits.refused_close", "--refused-close", "TIME",
     "Time after which a 3.x client whose publish was refused is disconnected",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.refused_close_ms, text, kTime, kConnectTimeout);
     },
     [](const Config& config) { return FormatQuantity(config.limits.refused_close_ms, kTime); }},
    {"limits.output_size_max", "--output-size-max", "SIZE",
     "Output of one connection that its client has not taken; then QoS 0 is dropped, QoS 1 and 2 "
     "wait",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.output_bytes, text, kBytes, kBuffer);
     },
     [](const Config& config) { return FormatQuantity(config.limits.output_bytes, kBytes); }},
    {"limits.buffers_size_max", "--buffers-size-max", "SIZE",
     "Memory of all queues' windows and all output together", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.limits.buffers_bytes, text, kBytes, kBuffer);
     },
     [](const Config& config) { return FormatQuantity(config.limits.buffers_bytes, kBytes); }},
    {"log.level", "--log-level", "LEVEL", "What is logged: debug, info, warning or error and above",
     Setting::Form::kText,
     [](Config& config, std::string_view text) {
       return SetChoice(config.log_level, text, kLevels);
     },
     [](const Config& config) { return NameOf(config.log_level, kLevels); }},
    {"log.form", "--log-form", "FORM", "How it is logged, to standard error: text or json",
     Setting::Form::kText,
     [](Config& config, std::string_view text) { return SetChoice(config.log_form, text, kForms); },
     [](const Config& config) { return NameOf(config.log_form, kForms); }},
    {"rocksdb.memtable_size", "--memtable-size", "SIZE",
     "Memory of the store for what was written last", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.memtable_bytes, text, kBytes, kStoreMemory);
     },
     [](const Config& config) { return FormatQuantity(config.memtable_bytes, kBytes); }},
    {"rocksdb.block_cache_size", "--block-cache-size", "SIZE",
     "Memory of the store for what was read last", Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.block_cache_bytes, text, kBytes, kStoreMemory);
     },
     [](const Config& config) { return FormatQuantity(config.block_cache_bytes, kBytes); }},
    {"rocksdb.wal_size_max", "--wal-size-max", "SIZE",
     "Largest log of the store; a start after a crash reads that much",
     Setting::Form::kNumberOrText,
     [](Config& config, std::string_view text) {
       return SetQuantity(config.wal_bytes_max, text, kBytes, kStoreMemory);
     },
     [](const Config& config) { return FormatQuantity(config.wal_bytes_max, kBytes); }},
};

}  // namespace

std::span<const Setting> Settings() { return kSettings; }

}  // namespace tallymq::server
