// A folder that lasts as long as one test. In memory where the system has such a place: what a test
// says of syncs it says with a simulated disk, and a real one would only make it slow.

#pragma once

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "tallymq/base/assert.h"

namespace tallymq::storage {

class TempFolder {
 public:
  TempFolder() {
    std::error_code error;
    const std::filesystem::space_info memory = std::filesystem::space("/dev/shm", error);
    path_ = !error && memory.available > kBytesWanted
                ? "/dev/shm"
                : std::filesystem::temp_directory_path().string();
    path_ += "/tallymq-XXXXXX";
    TALLYMQ_ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static constexpr std::uintmax_t kBytesWanted = 256u << 20;

  std::string path_;
};

}  // namespace tallymq::storage
