#include "decoder_property.h"

#include "mqtt/wire.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {
namespace {

DecodeResult DecodeExactly(std::string_view bytes, const DecodeOptions& options) {
  const ExactCopy copy(bytes);
  return Decode(copy.view(), options);
}

std::string FaultOfError(const DecodeError& error, std::string_view bytes,
                         const DecodeOptions& options) {
  if (error.clause.empty()) return "an error without a clause";
  if (error.what.empty()) return "an error without a sentence";
  if (error.offset > bytes.size()) return "an error beyond the input";
  const DecodeResult longer = Decode(std::string(bytes) + "\x40\x02", options);
  const auto* same = std::get_if<DecodeError>(&longer);
  if (same == nullptr || same->clause != error.clause || same->offset != error.offset) {
    return "another error when more follows: " + Describe(longer);
  }
  return "";
}

std::string FaultOfProperties(Properties properties) {
  const ExactCopy copy(properties);
  if (!IsWellFormed(copy.view())) return "properties are not well formed: " + Hex(properties);
  if (Rewritten(copy.view()) != properties)
    return "properties are read as others: " + Hex(properties);
  return "";
}

std::string FaultOfPacket(const Decoded& decoded, std::string_view bytes,
                          const DecodeOptions& options) {
  if (decoded.consumed == 0 || decoded.consumed > bytes.size())
    return "consumed too little or much";
  const std::string_view whole = bytes.substr(0, decoded.consumed);
  const DecodeResult cut = DecodeExactly(whole.substr(0, whole.size() - 1), options);
  if (!std::holds_alternative<NeedMore>(cut)) return "one byte less is enough: " + Describe(cut);

  std::string encoded;
  Encode(decoded.packet, options.version, encoded);
  const DecodeResult again = Decode(encoded, options);
  const auto* same = std::get_if<Decoded>(&again);
  if (same == nullptr) return "what was encoded does not decode: " + Describe(again);
  if (same->consumed != encoded.size()) return "what was encoded has trailing bytes";
  if (same->packet != decoded.packet) return "what was encoded is another packet: " + Hex(encoded);
  if (const auto* publish = std::get_if<Publish>(&decoded.packet)) {
    if (PublishSize(*publish, options.version) != encoded.size())
      return "a PUBLISH has no such size";
  }
  return std::visit(
      [](const auto& packet) {
        std::string fault;
        if constexpr (requires { packet.properties; }) fault = FaultOfProperties(packet.properties);
        if constexpr (requires { packet.will; }) {
          if (packet.will && fault.empty()) fault = FaultOfProperties(packet.will->properties);
        }
        return fault;
      },
      decoded.packet);
}

}  // namespace

DecoderRun CheckDecoder(std::string_view input) {
  DecoderRun run;
  if (input.empty()) return run;
  DecodeOptions options;
  options.sender = (input[0] & 1) != 0 ? Sender::kServer : Sender::kClient;
  options.version = (input[0] & 4) != 0   ? Version::k50
                    : (input[0] & 2) != 0 ? Version::k31
                                          : Version::k311;
  const ExactCopy stream(input.substr(1));
  std::string_view rest = stream.view();
  while (true) {
    const DecodeResult result = Decode(rest, options);
    if (const auto* more = std::get_if<NeedMore>(&result)) {
      if (more->total != 0 && more->total <= rest.size()) run.fault = "needs no more than there is";
      return run;
    }
    if (const auto* error = std::get_if<DecodeError>(&result)) {
      run.error = true;
      run.fault = FaultOfError(*error, rest, options);
      return run;
    }
    const auto& decoded = std::get<Decoded>(result);
    run.fault = FaultOfPacket(decoded, rest, options);
    if (!run.fault.empty()) return run;
    ++run.packets;
    if (const auto* connect = std::get_if<Connect>(&decoded.packet))
      options.version = connect->version;
    rest.remove_prefix(decoded.consumed);
  }
}

}  // namespace tallymq::mqtt
