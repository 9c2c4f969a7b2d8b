// A RocksDB store in a folder of its own.

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "journal_world.h"
#include "rocks_journal_for_test.h"
#include "tallymq/storage/rocks_journal.h"
#include "temp_folder.h"

namespace tallymq::storage {

class RocksWorld : public World {
 public:
  RocksWorld() { options.path = folder_.path() + "/store"; }

  Result<std::unique_ptr<Journal>, StoreError> Open(Wake wake) override {
    return OpenRocksJournal(options, std::move(wake), hooks);
  }

  // Begins anew.
  void Clear() {
    std::filesystem::remove_all(options.path);
    std::filesystem::create_directory(options.path);
  }

  [[nodiscard]] const std::string& path() const { return options.path; }

  RocksOptions options;
  RocksHooks hooks;

 private:
  TempFolder folder_;
};

}  // namespace tallymq::storage
