#include "tallymq/auth/scram_exchange.h"

#include <algorithm>
#include <utility>

#include "base64.h"
#include "hash.h"

namespace tallymq::auth {
namespace {

// Takes the next attribute, "x=value", off `text`, with the comma behind it. Nothing if it is not
// one, or an empty one.
std::optional<std::string_view> TakeAttribute(char name, std::string_view& text) {
  if (text.size() < 3 || text[0] != name || text[1] != '=') return std::nullopt;
  const std::size_t end = std::min(text.find(','), text.size());
  const std::string_view value = text.substr(2, end - 2);
  if (value.empty()) return std::nullopt;
  text.remove_prefix(std::min(end + 1, text.size()));
  return value;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Takes extensions off `text`, which may be ignored, up to the attribute `last`, or all.
bool SkipExtensions(std::string_view& text, char last) {
  while (!text.empty() && text[0] != last) {
    if (!IsLetter(text[0]) || !TakeAttribute(text[0], text)) return false;
  }
  return true;
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

// A name with its commas and equals signs written as =2C and =3D.
std::optional<std::string> DecodeName(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      name += text[i];
      continue;
    }
    const std::string_view code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return std::nullopt;
    name += code == "2C" ? ',' : '=';
    i += 2;
  }
  return name;
}

}  // namespace

std::optional<ScramExchange> ScramExchange::Begin(const Credentials& credentials,
                                                  std::string_view client_first,
                                                  std::string_view nonce) {
  if (client_first.size() > kScramMessageBytesMax || client_first.ends_with(','))
    return std::nullopt;
  std::string_view rest = client_first;
  // "n": the client binds no channel. "y": it would, if the server could.
  if (!rest.starts_with("n,") && !rest.starts_with("y,")) return std::nullopt;
  rest.remove_prefix(2);
  std::optional<std::string_view> acts_as;
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
  } else if (!(acts_as = TakeAttribute('a', rest))) {
    return std::nullopt;
  }

  ScramExchange exchange;
  exchange.gs2_header_ = client_first.substr(0, client_first.size() - rest.size());
  exchange.client_first_bare_ = rest;
  // "m=", an extension that must be known, would stand here.
  const auto name = TakeAttribute('n', rest);
  const auto client_nonce = TakeAttribute('r', rest);
  if (!name || !client_nonce || !IsPrintable(*client_nonce)) return std::nullopt;
  if (!SkipExtensions(rest, '\0')) return std::nullopt;
  auto user = DecodeName(*name);
  if (!user || !WhyNoUserName(*user).empty()) return std::nullopt;
  if (acts_as && *acts_as != *name) return std::nullopt;

  exchange.user_name_ = std::move(*user);
  exchange.nonce_ = std::string(*client_nonce) + std::string(nonce);
  Credentials::Found found = credentials.Find(exchange.user_name_);
  exchange.verifier_ = std::move(found.verifier);
  exchange.known_ = found.known;
  exchange.server_first_ = "r=" + exchange.nonce_ + ",s=" + EncodeBase64(exchange.verifier_.salt) +
                           ",i=" + std::to_string(exchange.verifier_.iterations);
  return exchange;
}

std::optional<std::string> ScramExchange::Finish(std::string_view client_final) const {
  if (client_final.size() > kScramMessageBytesMax || client_final.ends_with(','))
    return std::nullopt;
  std::string_view rest = client_final;
  const auto binding = TakeAttribute('c', rest);
  const auto nonce = TakeAttribute('r', rest);
  if (!binding || !nonce || !SkipExtensions(rest, 'p')) return std::nullopt;
  const std::size_t without_proof = client_final.size() - rest.size();
  const auto text = TakeAttribute('p', rest);
  if (!text || !rest.empty()) return std::nullopt;
  const auto proof = DecodeBase64(*text);
  if (!proof || proof->size() != sizeof(Sha256)) return std::nullopt;
  if (DecodeBase64(*binding) != gs2_header_ || *nonce != nonce_) return std::nullopt;

  const std::string message = client_first_bare_ + "," + server_first_ + "," +
                              std::string(client_final.substr(0, without_proof - 1));
  // The proof is the client's key, which only the password gives, hidden under a signature that the
  // server can make too.
  Sha256 client_key = Hmac(View(verifier_.stored_key), message);
  for (std::size_t i = 0; i < client_key.size(); ++i) {
    client_key[i] = static_cast<unsigned char>(client_key[i] ^ (*proof)[i]);
  }
  const bool proved = Equal(Hash(View(client_key)), verifier_.stored_key);
  const Sha256 signature = Hmac(View(verifier_.server_key), message);
  if (!proved || !known_) return std::nullopt;
  return "v=" + EncodeBase64(View(signature));
}

}  // namespace tallymq::auth
