// The work that the tests of cuts and errors interrupt, and what has to be there after it.

#pragma once

#include <cstdint>
#include <string>

#include "journal_world.h"

namespace tallymq::storage {

// Batch number `i` of the work, from 1 on. Each of four sessions gets two entries a batch, one of
// its own and one shared by all, and is three batches behind with acknowledging them. The second
// session ends in batch 20 and is reaped in batch 25.
void FillBatch(std::uint64_t i, Batch& batch);

// All that a recovered journal says, as text; queues from their heads on.
std::string Describe(Driver& driver);

// What `Describe` has to say of a store that recovered to batch `last` of the work, after the
// journal in memory.
std::string Expected(std::uint64_t last);

}  // namespace tallymq::storage
