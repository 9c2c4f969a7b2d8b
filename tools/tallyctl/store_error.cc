// See store_error.h.

#include "store_error.h"

#include "text.h"

namespace tallymq::tallyctl {

ExitCode ExitCodeOf(storage::StoreErrorKind kind) {
  switch (kind) {
    case storage::StoreErrorKind::kLocked:
    case storage::StoreErrorKind::kFormat:
    case storage::StoreErrorKind::kNoSpace:
    case storage::StoreErrorKind::kIo:
      return ExitCode::kUnreachable;
    case storage::StoreErrorKind::kBehindMark:
    case storage::StoreErrorKind::kCorrupt:
      break;
  }
  return ExitCode::kDamaged;
}

ExitCode Fail(std::ostream& err, const storage::StoreError& error) {
  err << "tallyctl: " << Printable(error.message) << '\n';
  return ExitCodeOf(error.kind);
}

ExitCode FailUnknownSession(std::ostream& err, std::string_view client_id) {
  err << "tallyctl: the store has no session \"" << Printable(client_id)
      << "\"; `tallyctl session ls` lists those that it has\n";
  return ExitCode::kFinding;
}

}  // namespace tallymq::tallyctl
