#include "worlds.h"

#include "tallymq/storage/memory_journal.h"
#ifdef TALLYMQ_ROCKSDB
#include "rocks_world.h"
#endif

namespace tallymq::storage {
namespace {

class MemoryWorld : public World {
 public:
  Result<std::unique_ptr<Journal>, StoreError> Open(Wake wake) override {
    return std::unique_ptr<Journal>(std::make_unique<MemoryJournal>(
        disk_, MemoryJournal::Completion::kAutomatic, std::move(wake)));
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = MakeMemoryDisk();
};

template <typename T>
std::unique_ptr<World> Make() {
  return std::make_unique<T>();
}

}  // namespace

std::vector<WorldKind> WorldKinds() {
  return {
      {"Memory", Make<MemoryWorld>},
#ifdef TALLYMQ_ROCKSDB
      {"RocksDb", Make<RocksWorld>},
#endif
  };
}

}  // namespace tallymq::storage
