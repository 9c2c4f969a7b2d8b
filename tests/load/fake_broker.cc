#include "fake_broker.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tallymq::load {

namespace {

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool IsNth(std::uint32_t count, std::uint32_t n) { return n > 0 && count % n == 0; }

template <typename Answer>
void AppendAnswer(std::string& out, PacketId id) {
  Answer answer;
  answer.packet_id = id;
  mqtt::Encode(answer, mqtt::Version::k311, out);
}

}  // namespace

FakeBroker::FakeBroker(Mischief mischief) : mischief_(mischief) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof address;
  if (listener_ < 0 || stop_ < 0 ||
      ::bind(listener_, reinterpret_cast<const ::sockaddr*>(&address), size) < 0 ||
      ::getsockname(listener_, reinterpret_cast<::sockaddr*>(&address), &size) < 0 ||
      ::listen(listener_, SOMAXCONN) < 0) {
    Throw("the fake broker's socket");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FakeBroker::~FakeBroker() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
  for (const auto& connection : connections_) ::close(connection->fd);
  ::close(listener_);
  ::close(stop_);
}

void FakeBroker::Serve() {
  std::vector<::pollfd> polled;
  for (;;) {
    polled.assign({{stop_, POLLIN, 0}, {listener_, POLLIN, 0}});
    for (const auto& connection : connections_) polled.push_back({connection->fd, POLLIN, 0});
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) Throw("poll");
    if (polled[0].revents != 0) return;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Connection& connection = *connections_[i];
      if (polled[i + 2].revents != 0 && !Receive(connection)) {
        ::close(std::exchange(connection.fd, -1));
      }
    }
    for (const auto& connection : connections_) {
      if (connection->fd < 0 || silent()) continue;
      if (connection->session != nullptr) {
        connection->output += std::exchange(connection->session->output, {});
      }
      // Waits for a client that does not read: a load run always does.
      const std::string& output = connection->output;
      if (!output.empty()) ::send(connection->fd, output.data(), output.size(), MSG_NOSIGNAL);
      connection->output.clear();
    }
    std::erase_if(connections_, [](const auto& connection) { return connection->fd < 0; });
    if (polled[1].revents != 0) {
      connections_.push_back(std::make_unique<Connection>());
      connections_.back()->fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    }
  }
}

bool FakeBroker::Receive(Connection& connection) {
  std::array<char, 65'536> buffer;
  const ::ssize_t size = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  connection.input.append(buffer.data(), static_cast<std::size_t>(size));
  std::size_t taken = 0;
  bool open = true;
  while (open) {
    const auto result = mqtt::Decode(std::string_view(connection.input).substr(taken), {});
    if (std::holds_alternative<mqtt::NeedMore>(result)) break;
    const auto* const decoded = std::get_if<mqtt::Decoded>(&result);
    if (decoded == nullptr) return false;
    open = std::visit(
        [&](const auto& packet) {
          if constexpr (requires { On(connection, packet); }) {
            return On(connection, packet);
          } else {
            return !std::is_same_v<std::decay_t<decltype(packet)>, mqtt::Disconnect>;
          }
        },
        decoded->packet);
    taken += decoded->consumed;
  }
  connection.input.erase(0, taken);
  return open;
}

bool FakeBroker::On(Connection& connection, const mqtt::Connect& connect) {
  const std::string id{connect.client_id};
  if (connect.clean_start) sessions_.erase(id);
  const bool present = sessions_.contains(id);
  mqtt::Connack connack{.session_present = present, .reason = {}, .properties = {}};
  if (mischief_.refuse) connack.reason = mqtt::ReasonCode::kServerUnavailable;
  mqtt::Encode(connack, mqtt::Version::k311, connection.output);
  connection.session = &sessions_[id];
  return true;
}

bool FakeBroker::On(Connection& connection, const mqtt::Subscribe& subscribe) {
  connection.session->filter = subscribe.requests.front().filter.text();
  const bool at_most_once =
      mischief_.downgrade || subscribe.requests.front().qos == QoS::kAtMostOnce;
  mqtt::Suback suback;
  suback.packet_id = subscribe.packet_id;
  suback.codes = {at_most_once ? mqtt::ReasonCode::kSuccess
                               : static_cast<mqtt::ReasonCode>(subscribe.requests.front().qos)};
  mqtt::Encode(suback, mqtt::Version::k311, connection.output);
  return true;
}

bool FakeBroker::On(Connection& connection, const mqtt::Publish& publish) {
  if (++published_ == mischief_.close_at) return false;
  if (publish.qos == QoS::kAtLeastOnce) {
    AppendAnswer<mqtt::Puback>(connection.output, publish.packet_id);
  } else if (publish.qos == QoS::kExactlyOnce) {
    AppendAnswer<mqtt::Pubrec>(connection.output, publish.packet_id);
  }
  for (auto& [id, session] : sessions_) {
    const auto filter = mqtt::TopicFilter::Parse(session.filter);
    if (filter && filter->Matches(publish.topic)) Forward(session, publish);
  }
  return true;
}

bool FakeBroker::On(Connection& connection, const mqtt::Pubrec& pubrec) {
  AppendAnswer<mqtt::Pubrel>(connection.output, pubrec.packet_id);
  return true;
}

bool FakeBroker::On(Connection& connection, const mqtt::Pubrel& pubrel) {
  AppendAnswer<mqtt::Pubcomp>(connection.output, pubrel.packet_id);
  return true;
}

bool FakeBroker::On(Connection& connection, const mqtt::Pingreq&) {
  connection.output += std::exchange(connection.session->output, {});
  if (mischief_.repeat_late) connection.output += connection.session->last;
  mqtt::Encode(mqtt::Pingresp{}, mqtt::Version::k311, connection.output);
  return true;
}

void FakeBroker::Forward(Session& session, const mqtt::Publish& publish) {
  ++session.messages;
  if (IsNth(session.messages, mischief_.lose)) return;
  const auto append = [&](std::string& out) {
    std::string payload{publish.payload};
    if (IsNth(session.messages, mischief_.alter)) payload += 'x';
    mqtt::Publish copy;
    copy.qos = publish.qos;
    copy.topic = publish.topic;
    copy.payload = payload;
    if (copy.qos != QoS::kAtMostOnce) {
      session.last_id = static_cast<std::uint16_t>(session.last_id % 65'535 + 1);
      copy.packet_id = PacketId{session.last_id};
    }
    mqtt::Encode(copy, mqtt::Version::k311, out);
  };
  if (IsNth(session.messages, mischief_.swap)) {
    append(session.held);
    return;
  }
  session.last.clear();
  append(session.last);
  session.output += session.last;
  if (IsNth(session.messages, mischief_.repeat)) append(session.output);
  session.output += std::exchange(session.held, {});
}

}  // namespace tallymq::load
