// What a server keeps of a password: enough to check one, not enough to log in with. RFC 5802,
// RFC 7677.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallymq::auth {

// The name of the only mechanism so far, as an Authentication Method and in files.
inline constexpr std::string_view kScramSha256 = "SCRAM-SHA-256";

// Rounds of hashing. RFC 7677 wants 4,096 at least. The default is what the same RFC gives for a
// tenth of a second on the machines of its time: a few milliseconds for the broker, so that a fleet
// that comes back after a restart is let in at some hundred clients a second and core, and far more
// than nothing for whoever has stolen the file.
inline constexpr std::uint32_t kIterationsMin = 4096;
inline constexpr std::uint32_t kIterationsMax = 10'000'000;
inline constexpr std::uint32_t kIterationsDefault = 15'000;

// Bytes of a salt: what is made, and the longest that is taken.
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kSaltBytesMax = 64;

using Sha256 = std::array<unsigned char, 32>;

struct ScramVerifier {
  std::uint32_t iterations = kIterationsDefault;
  std::string salt;  // bytes, 1..kSaltBytesMax of them
  Sha256 stored_key{};
  Sha256 server_key{};

  // Of `password`, which is taken as it is: what SASLprep would make of letters beyond ASCII is up
  // to whoever typed it. Takes as long as `iterations` hashes do.
  static ScramVerifier Derive(std::string_view password, std::string salt,
                              std::uint32_t iterations);

  // Reads "SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey", with base64, as PostgreSQL writes
  // it. Nothing if it is anything else, or a value is out of its range.
  static std::optional<ScramVerifier> Parse(std::string_view text);
  [[nodiscard]] std::string ToText() const;

  // Whether it was derived of `password`. Takes as long as `Derive`, however much of it is right.
  [[nodiscard]] bool Matches(std::string_view password) const;

  friend bool operator==(const ScramVerifier&, const ScramVerifier&) = default;
};

}  // namespace tallymq::auth
