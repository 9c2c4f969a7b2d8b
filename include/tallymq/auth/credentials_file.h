// A credentials file on disk: read whole, replaced whole.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tallymq/base/result.h"

namespace tallymq::auth {

// A larger file is not read. Bytes.
inline constexpr std::size_t kCredentialsFileBytesMax = 64u << 20;

struct CredentialsFile {
  std::string text;
  bool open_to_others = false;  // more than its owner and its group may read it
};

// Errors: a sentence with the path and the operating system's reason.
Result<CredentialsFile, std::string> ReadCredentialsFile(const std::string& path);

// The right to replace a file: nobody else changes it, if he keeps to this class, from `Begin` on.
//
// What is written goes into PATH.new first, which is also the lock, and from there, synced, under
// the name of the file: whoever reads it finds all of the old or all of the new one. Mode and owner
// stay; a new file has mode 0600. A link is followed, not replaced.
class CredentialsEdit {
 public:
  // Errors: a sentence. PATH.new is there: another edit goes on, or one was killed.
  static Result<CredentialsEdit, std::string> Begin(const std::string& path);
  // Takes PATH.new away unless it was committed.
  ~CredentialsEdit();
  CredentialsEdit(CredentialsEdit&& other) noexcept;
  CredentialsEdit& operator=(CredentialsEdit&&) = delete;

  // What the file held at `Begin`; empty if it was not there.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool fresh() const { return fresh_; }

  // Replaces the file by `text`. Called once. Errors: a sentence; the file is as it was, or, if
  // only the last sync failed, already the new one.
  Result<Void, std::string> Commit(std::string_view text);

 private:
  CredentialsEdit() = default;

  std::string path_;
  std::string text_;
  bool fresh_ = false;
  int fd_ = -1;  // of PATH.new; -1: nothing is to be taken away
};

}  // namespace tallymq::auth
