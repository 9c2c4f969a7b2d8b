// Every packet of 3.1, 3.1.1 and 5.0 once in each of its forms, as bytes and as a value.

#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {

struct PacketRow {
  std::string name;
  std::string spec;
  Sender sender = Sender::kClient;
  Version version = Version::k311;
  std::string wire;  // in the notation of wire.h
  Packet packet;
};
void PrintTo(const PacketRow& row, std::ostream* out);

// Decoder and encoder agree on these: bytes to packet and packet to bytes.
const std::vector<PacketRow>& PacketRows();

// The decoder takes these too, though the encoder would write the packet otherwise.
const std::vector<PacketRow>& ToleratedRows();

}  // namespace tallymq::mqtt
