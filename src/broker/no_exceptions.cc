// Boost's containers report exhausted memory by an exception; the core has none, and stops.

#include <boost/throw_exception.hpp>
#include <exception>

#include "tallymq/base/assert.h"

namespace boost {

void throw_exception(const std::exception& exception) {
  tallymq::AssertFailed(exception.what(), __FILE__, __LINE__);
}
void throw_exception(const std::exception& exception, const source_location& location) {
  tallymq::AssertFailed(exception.what(), location.file_name(), static_cast<int>(location.line()));
}

}  // namespace boost
