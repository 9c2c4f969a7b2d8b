#include "memory_meter.h"

#include <cstdlib>
#include <new>

namespace tallymq::sim {
namespace {

bool metered = false;
std::size_t metered_bytes = 0;

}  // namespace

Metered::Metered(bool broker) : before_(metered) { metered = broker; }
Metered::~Metered() { metered = before_; }

std::size_t MeteredBytes() { return metered_bytes; }

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

// Before each block: what it adds to the broker's memory, 0 if it is not the broker's.
constexpr std::size_t kHeaderBytes = alignof(std::max_align_t);
static_assert(kHeaderBytes >= sizeof(std::size_t));

void* Allocate(std::size_t bytes) {
  void* block = std::malloc(kHeaderBytes + bytes);
  if (block == nullptr) std::abort();
  const std::size_t counted = metered ? bytes : 0;
  *static_cast<std::size_t*>(block) = counted;
  metered_bytes += counted;
  return static_cast<char*>(block) + kHeaderBytes;
}

void Free(void* memory) {
  if (memory == nullptr) return;
  void* block = static_cast<char*>(memory) - kHeaderBytes;
  metered_bytes -= *static_cast<std::size_t*>(block);
  std::free(block);
}

}  // namespace

#endif

}  // namespace tallymq::sim

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(std::size_t bytes) { return tallymq::sim::Allocate(bytes); }
void* operator new[](std::size_t bytes) { return tallymq::sim::Allocate(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return tallymq::sim::Allocate(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return tallymq::sim::Allocate(bytes);
}
void operator delete(void* memory) noexcept { tallymq::sim::Free(memory); }
void operator delete[](void* memory) noexcept { tallymq::sim::Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { tallymq::sim::Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { tallymq::sim::Free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { tallymq::sim::Free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { tallymq::sim::Free(memory); }

#endif
