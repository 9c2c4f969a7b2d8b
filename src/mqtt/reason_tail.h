// How PUBACK, PUBREC, PUBREL, PUBCOMP and DISCONNECT of 5.0 end: a reason code and properties. The
// properties may be left out, with their length, where there are none; the reason too where it is
// kSuccess. In 3.x there is neither. Spec: 3.4.2.1, 3.4.2.2.1 and so on.

#pragma once

#include <cstddef>

#include "packet_reader.h"
#include "packet_writer.h"

namespace tallymq::mqtt {

// Reads to the end of the packet; what is left out stays as it is. A reason that is none of `codes`
// breaks `unknown`.
inline bool ReadReasonTail(PacketReader& in, PropertyPlace place, const ReasonSet& codes,
                           const Rule& unknown, ReasonCode& reason, Properties& properties) {
  if (in.done()) return true;
  if (!in.ReadReason(reason, codes, unknown)) return false;
  if (in.done()) return true;
  PropertySet found;
  return in.ReadProperties(place, properties, found) && in.ReadEnd();
}

inline std::size_t ReasonTailSize(ReasonCode reason, Properties properties, Version version) {
  if (version != Version::k50) return 0;
  if (!properties.empty()) return 1 + PropertiesSize(properties, version);
  return reason == ReasonCode::kSuccess ? 0 : 1;
}

inline void WriteReasonTail(ReasonCode reason, Properties properties, Version version,
                            PacketWriter& writer) {
  if (ReasonTailSize(reason, properties, version) == 0) return;
  writer.WriteByte(static_cast<std::uint8_t>(reason));
  if (!properties.empty()) writer.WriteProperties(properties, version);
}

}  // namespace tallymq::mqtt
