#include "tools/targets.h"

#include <algorithm>
#include <iomanip>
#include <string>
#include <vector>

#include "host/chip_backend.h"
#include "host/mock.h"

namespace hx::tools {

Result<std::unique_ptr<host::Backend>> open_target(std::string_view name) {
  if (name == "mock") return host::make_mock_backend();
  if (name == "mock:") {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "'mock:' is no target",
                 .hint = "mock is no link and has no colon: --target mock"};
  }
  Registry const registry = all_targets();
  std::vector<std::string> const schemes = registry.schemes();
  if (std::find(schemes.begin(), schemes.end(), name) != schemes.end()) {
    std::string const scheme(name);
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "'" + scheme + "' is no target: it lacks the colon",
                 .hint = "--target " + scheme + ":"};
  }
  Result<std::unique_ptr<host::Backend>> backend = host::open_chip_backend(registry, name);
  if (!backend && backend.error().code == ErrorCode::kNotFound) {
    backend.error().hint += "; or mock, the equations without a chip";
  }
  return backend;
}

void print_targets(std::ostream& out) {
  Registry const registry = all_targets();
  out << std::left << std::setw(8) << "mock"
      << "the discrete equations on the dt grid, no chip\n";
  for (std::string const& scheme : registry.schemes()) {
    out << std::setw(8) << scheme + ":" << registry.help(scheme)
        << (scheme + ":" == kDefaultTarget ? "  (default)" : "") << "\n";
  }
}

}  // namespace hx::tools
