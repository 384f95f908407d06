/// "Did you mean": the known name that is nearest to one that was not found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hx {

/// The nearest of `known` by edit distance (insert, delete, replace one letter; case ignored), or
/// "" if none is near (further than a third of the name's length, at least 2).
std::string nearest_name(std::string_view name, std::vector<std::string> const& known);

}  // namespace hx
