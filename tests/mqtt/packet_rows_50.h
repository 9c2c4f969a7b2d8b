// The rows of packet_rows.h that are of 5.0.

#pragma once

#include <vector>

#include "packet_rows.h"

namespace tallymq::mqtt {

std::vector<PacketRow> PacketRows50();
std::vector<PacketRow> ToleratedRows50();

}  // namespace tallymq::mqtt
