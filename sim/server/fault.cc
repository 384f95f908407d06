#include "sim/server/fault.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace hx::sim {
namespace {

constexpr std::size_t kMaxQueued = 4096;  // datagrams; a flood is cut here
constexpr unsigned kMaxPassed = 4;        // datagrams that may pass a late one

Error wrong(std::string_view item) {
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = "'" + std::string(item) + "' is no fault of a network",
               .hint =
                   "drop:0.1,dup:0.05,reorder:0.1,corrupt:0.01,delay:2ms,seed:7; "
                   "probabilities from 0 to 1, at most 1 s of delay"};
}

bool parse_number(std::string_view text, double& value, std::string_view& rest) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{} && value >= 0;
}

bool parse_delay(std::string_view text, std::chrono::nanoseconds& delay) {
  double value = 0;
  std::string_view unit;
  if (!parse_number(text, value, unit)) return false;
  for (auto const& [name, ns] :
       {std::pair<std::string_view, double>{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}) {
    if (unit != name || value * ns > 1e9) continue;
    delay = std::chrono::nanoseconds(static_cast<std::int64_t>(value * ns));
    return true;
  }
  return false;
}

bool parse_item(std::string_view key, std::string_view value, FaultOptions& options) {
  if (key == "delay") return parse_delay(value, options.delay);
  if (key == "seed") {
    auto const [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), options.seed);
    return error == std::errc{} && end == value.data() + value.size();
  }
  double* const probability = key == "drop"      ? &options.drop
                              : key == "dup"     ? &options.duplicate
                              : key == "reorder" ? &options.reorder
                              : key == "corrupt" ? &options.corrupt
                                                 : nullptr;
  std::string_view rest;
  return probability != nullptr && parse_number(value, *probability, rest) && rest.empty() &&
         *probability <= 1;
}

}  // namespace

Result<FaultOptions> parse_faults(std::string_view text) {
  FaultOptions options;
  while (!text.empty()) {
    std::string_view const item = text.substr(0, text.find(','));
    std::size_t const colon = item.find(':');
    if (colon == item.npos || !parse_item(item.substr(0, colon), item.substr(colon + 1), options))
      return wrong(item);
    text.remove_prefix(std::min(text.size(), item.size() + 1));
  }
  return options;
}

void FaultStage::push(std::span<std::byte const> bytes, Time now) {
  ++pushed_;
  if (happens(options_.drop)) return;
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  if (happens(options_.corrupt)) copy.resize(random_() % (copy.size() + 1));
  if (happens(options_.duplicate)) insert(copy, now);
  insert(std::move(copy), now);
}

std::optional<std::vector<std::byte>> FaultStage::pop(Time now) {
  if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
  Late const late = std::move(queue_.begin()->second);
  queue_.erase(queue_.begin());
  if (options_.reorder > 0) hurry(late.number, now);
  return late.bytes;
}

bool FaultStage::happens(double probability) {
  return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

void FaultStage::insert(std::vector<std::byte> bytes, Time now) {
  if (queue_.size() >= kMaxQueued) return;
  Time due = now;
  if (options_.delay.count() > 0) {
    due += Time(std::uniform_int_distribution<std::int64_t>(0, options_.delay.count())(random_));
    due = last_due_ = std::max(due, last_due_);
  }
  if (happens(options_.reorder))
    due += Time(std::uniform_int_distribution<std::int64_t>(20'000, 2'000'000)(random_));
  queue_.emplace(due, Late{pushed_, 0, std::move(bytes)});
}

// One has passed those that came before it; what enough others have passed is due.
void FaultStage::hurry(std::uint64_t number, Time now) {
  for (auto place = queue_.begin(); place != queue_.end();) {
    auto const here = place++;
    if (here->second.number >= number || ++here->second.passed < kMaxPassed || here->first <= now)
      continue;
    auto node = queue_.extract(here);
    node.key() = now;
    queue_.insert(std::move(node));
  }
}

}  // namespace hx::sim
