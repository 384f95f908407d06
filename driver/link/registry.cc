#include "driver/link/registry.h"

#include <algorithm>
#include <utility>

#include "driver/base/check.h"
#include "driver/base/edit_distance.h"
#include "driver/link/decorate.h"

namespace hx {

void Registry::add(std::string scheme, Factory factory, std::string help) {
  HX_CHECK(factory != nullptr) << "target " << scheme << ": without a factory";
  auto const place = std::lower_bound(
      entries_.begin(), entries_.end(), scheme,
      [](Entry const& entry, std::string const& name) { return entry.scheme < name; });
  HX_CHECK(place == entries_.end() || place->scheme != scheme)
      << "target " << scheme << ": is added twice";
  entries_.insert(place, {std::move(scheme), std::move(factory), std::move(help)});
}

Result<std::unique_ptr<Link>> Registry::open(std::string_view text) const {
  Result<Uri> uri = Uri::parse(text);
  if (!uri) return std::move(uri).error();
  for (Entry const& entry : entries_) {
    if (entry.scheme != uri->scheme) continue;
    Result<Decorations> const decorations = take_decorations(*uri);
    if (!decorations) return Error(decorations.error()).context("opening " + std::string(text));
    Result<std::unique_ptr<Link>> link = entry.factory(*uri);
    if (link) link = decorate(std::move(*link), *decorations, std::string(text));
    if (!link) return std::move(link).error().context("opening " + std::string(text));
    return link;
  }
  std::vector<std::string> const known = schemes();
  std::string hint = "known targets:";
  for (std::string const& scheme : known) hint += " " + scheme + ":";
  if (std::string const match = nearest_name(uri->scheme, known); !match.empty()) {
    hint = "did you mean '" + match + ":'? " + hint;
  }
  return Error{.code = ErrorCode::kNotFound,
               .message = "there is no target '" + uri->scheme + ":'",
               .hint = std::move(hint)};
}

std::vector<std::string> Registry::schemes() const {
  std::vector<std::string> names;
  for (Entry const& entry : entries_) names.push_back(entry.scheme);
  return names;
}

std::string Registry::help(std::string_view scheme) const {
  for (Entry const& entry : entries_) {
    if (entry.scheme == scheme) return entry.help;
  }
  return {};
}

}  // namespace hx
