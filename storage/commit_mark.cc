#include "commit_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <utility>

#include "posix_file.h"

namespace tallymq::storage {
namespace {

constexpr std::string_view kMagic = "TALLYMRK";
constexpr std::size_t kRecordBytes = 8 + 16 + 8 + 8 + 4;

std::uint32_t Crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

using MarkBytes = ShortBytes<kRecordBytes>;

MarkBytes EncodeMark(const Identity& identity, Lsn lsn) {
  MarkBytes bytes;
  Encoder out(bytes);
  for (const char c : kMagic) out.U8(static_cast<std::uint8_t>(c));
  for (const std::uint8_t byte : identity.uuid) out.U8(byte);
  out.U64(identity.incarnation);
  out.U64(lsn.value());
  out.U32(Crc32c(bytes.view()));
  return bytes;
}

// The mark in an open file, if it is one of this store and incarnation.
std::optional<Lsn> ReadMark(int file, const Identity& identity) {
  char bytes[kRecordBytes];
  if (::pread(file, bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return std::nullopt;
  }
  Decoder in(std::string_view(bytes, sizeof bytes).substr(kRecordBytes - 12));
  const Lsn lsn{in.U64()};
  if (EncodeMark(identity, lsn).view() != std::string_view(bytes, sizeof bytes)) {
    return std::nullopt;
  }
  return lsn;
}

}  // namespace

std::string CommitMark::FileName(int which) { return "commit-mark." + std::to_string(which); }

CommitMark::CommitMark(const std::string& folder, const Identity& identity) : identity_(identity) {
  for (int i = 0; i < kFiles; ++i) paths_[i] = folder + "/" + FileName(i);
}

CommitMark::CommitMark(CommitMark&& other) noexcept
    : identity_(other.identity_), current_(other.current_), dirty_(other.dirty_) {
  for (int i = 0; i < kFiles; ++i) {
    paths_[i] = std::move(other.paths_[i]);
    files_[i] = std::exchange(other.files_[i], -1);
  }
}

CommitMark::~CommitMark() {
  for (const int file : files_) {
    if (file >= 0) ::close(file);
  }
}

Result<CommitMark, StoreError> CommitMark::Create(const std::string& folder,
                                                  const Identity& identity, Lsn lsn) {
  CommitMark mark(folder, identity);
  std::string bytes(EncodeMark(identity, lsn).view());
  bytes.resize(kFileBytes, '\0');
  for (int i = 0; i < kFiles; ++i) {
    mark.files_[i] = ::open(mark.paths_[i].c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (mark.files_[i] < 0) return Unexpected{FileError("cannot make", mark.paths_[i], errno)};
    errno = EIO;
    if (::pwrite(mark.files_[i], bytes.data(), bytes.size(), 0) !=
            static_cast<ssize_t>(bytes.size()) ||
        ::fsync(mark.files_[i]) != 0) {
      return Unexpected{FileError("cannot write", mark.paths_[i], errno)};
    }
  }
  if (auto synced = SyncFolder(folder); !synced) return Unexpected{synced.error()};
  return mark;
}

Result<CommitMark, StoreError> CommitMark::Open(const std::string& folder,
                                                const Identity& identity) {
  CommitMark mark(folder, identity);
  std::optional<Lsn> marks[kFiles];
  for (int i = 0; i < kFiles; ++i) {
    // One of the two may be gone; it is needed again as soon as the other one is synced.
    mark.files_[i] = ::open(mark.paths_[i].c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (mark.files_[i] < 0) return Unexpected{FileError("cannot open", mark.paths_[i], errno)};
    marks[i] = ReadMark(mark.files_[i], identity);
    // What is read may be in the page cache only, and the newer one has to last while the older one
    // is overwritten.
    if (::fdatasync(mark.files_[i]) != 0) {
      return Unexpected{FileError("cannot sync", mark.paths_[i], errno)};
    }
  }
  mark.current_ = marks[0] > marks[1] ? 1 : 0;
  return mark;
}

std::optional<Lsn> CommitMark::Read(const std::string& folder, const Identity& identity) {
  std::optional<Lsn> newest;
  for (int i = 0; i < kFiles; ++i) {
    const int file = ::open((folder + "/" + FileName(i)).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    newest = std::max(newest, ReadMark(file, identity));
    ::close(file);
  }
  return newest;
}

Result<Void, StoreError> CommitMark::Write(Lsn lsn) {
  const MarkBytes bytes = EncodeMark(identity_, lsn);
  errno = EIO;
  if (::pwrite(files_[current_], bytes.view().data(), bytes.view().size(), 0) !=
      static_cast<ssize_t>(bytes.view().size())) {
    return Unexpected{FileError("cannot write", paths_[current_], errno)};
  }
  dirty_ = true;
  return Void{};
}

Result<Void, StoreError> CommitMark::Sync() {
  if (!dirty_) return Void{};
  if (::fdatasync(files_[current_]) != 0) {
    return Unexpected{FileError("cannot sync", paths_[current_], errno)};
  }
  current_ = (current_ + 1) % kFiles;
  dirty_ = false;
  return Void{};
}

}  // namespace tallymq::storage
