#include "history.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace tallymq::sim {

void History::Begin() {
  line_.clear();
  std::string now = std::to_string(now_ms_);
  if (now.size() < 8) line_.append(8 - now.size(), ' ');
  line_ += now;
  line_ += " ms  ";
}

void History::Finish(int client, std::uint64_t message, bool packet) {
  line_ += '\n';
  for (const char c : line_) {
    hash_ ^= static_cast<unsigned char>(c);
    hash_ *= 0x100000001B3u;
  }
  if (keep_ == Keep::kPrint) std::fputs(line_.c_str(), stdout);
  if (keep_ != Keep::kHash) lines_.push_back(Line{line_, message, client, packet});
}

void History::Add(std::string_view text) {
  Begin();
  line_ += "-- ";
  line_ += text;
  Finish(-1, 0, false);
}

void History::Add(int client, std::uint64_t conn, std::string_view text, std::uint64_t message) {
  Begin();
  line_ += 'c';
  line_ += std::to_string(client);
  line_ += '#';
  line_ += std::to_string(conn);
  line_ += ' ';
  line_ += text;
  Finish(client, message, false);
}

void History::Add(int client, std::uint64_t conn, At at, const Packet& packet) {
  if (at != At::kHeard) ++packets_;
  Begin();
  line_ += 'c';
  line_ += std::to_string(client);
  line_ += '#';
  line_ += std::to_string(conn);
  line_ += at == At::kIn ? " > " : at == At::kOut ? " < " : " hears ";
  line_ += NameOf(packet.type);
  if (packet.id != 0) {
    line_ += ' ';
    line_ += std::to_string(packet.id);
  }
  if (packet.type == Type::kPublish) {
    line_ += " q";
    line_ += std::to_string(packet.qos);
    if (packet.dup) line_ += " dup";
    if (packet.retain) line_ += " retain";
    line_ += ' ';
    line_ += packet.topic;
  }
  if (packet.message != 0) {
    line_ += " m";
    line_ += std::to_string(packet.message);
  }
  if (packet.clean) line_ += " clean";
  if (packet.will.message != 0) {
    line_ += " will q";
    line_ += std::to_string(packet.will.qos);
    if (packet.will.retain) line_ += " retain";
    line_ += ' ';
    line_ += packet.will.topic;
    line_ += " m";
    line_ += std::to_string(packet.will.message);
  }
  if (packet.present) line_ += " present";
  for (const Request& request : packet.requests) {
    line_ += ' ';
    line_ += request.filter;
    if (packet.type == Type::kSubscribe) {
      line_ += " q";
      line_ += std::to_string(request.qos);
    }
  }
  for (const int code : packet.codes) {
    line_ += ' ';
    line_ += std::to_string(code);
  }
  Finish(client, packet.message, true);
}

std::string History::Story(std::uint64_t message) const {
  std::set<int> clients;
  std::size_t first = lines_.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].message != message) continue;
    first = std::min(first, i);
    last = i;
    clients.insert(lines_[i].client);
  }
  std::string story;
  for (std::size_t i = first; i <= last && i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    const bool around = !line.packet && (line.client < 0 || clients.contains(line.client));
    if (line.message == message || (around && line.message == 0)) story += line.text;
  }
  return story;
}

std::string History::Tail(std::size_t count) const {
  std::string tail;
  for (std::size_t i = lines_.size() - std::min(count, lines_.size()); i < lines_.size(); ++i) {
    tail += lines_[i].text;
  }
  return tail;
}

}  // namespace tallymq::sim
