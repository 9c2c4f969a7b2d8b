// Base64 as RFC 4648 has it, with padding.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallymq::auth {

std::string EncodeBase64(std::string_view bytes);

// Nothing if `text` is not what `EncodeBase64` writes: each value has one form.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace tallymq::auth
