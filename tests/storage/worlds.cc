#include "worlds.h"

#include "tallymq/storage/memory_journal.h"

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

}  // namespace

std::vector<WorldKind> WorldKinds() {
  return {
      {"Memory", []() -> std::unique_ptr<World> { return std::make_unique<MemoryWorld>(); }},
  };
}

}  // namespace tallymq::storage
