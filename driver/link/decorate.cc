#include "driver/link/decorate.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "driver/link/capture_link.h"
#include "driver/link/trace_link.h"

namespace hx {
namespace {

std::optional<std::string> take(Uri& uri, std::string_view key) {
  auto const place = std::find_if(uri.query.begin(), uri.query.end(),
                                  [&](auto const& item) { return item.first == key; });
  if (place == uri.query.end()) return std::nullopt;
  std::string value = std::move(place->second);
  uri.query.erase(place);
  return value;
}

}  // namespace

Result<Decorations> take_decorations(Uri& uri) {
  Decorations decorations;
  decorations.capture = take(uri, "capture");
  if (decorations.capture && decorations.capture->empty()) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "capture in a target lacks the file",
                 .hint = "capture=run.pcapng"};
  }
  auto const trace = uri.get("trace");
  if (trace && !trace->ends_with(".fst")) decorations.trace = take(uri, "trace");
  return decorations;
}

Result<std::unique_ptr<Link>> decorate(std::unique_ptr<Link> link, Decorations const& decorations,
                                       std::string const& name) {
  if (decorations.capture) {
    auto wrapped = CaptureLink::create(std::move(link), *decorations.capture, name);
    if (!wrapped) return std::move(wrapped).error();
    link = std::move(*wrapped);
  }
  if (decorations.trace) {
    auto wrapped = TraceLink::create(std::move(link), *decorations.trace);
    if (!wrapped) return std::move(wrapped).error();
    link = std::move(*wrapped);
  }
  return link;
}

}  // namespace hx
