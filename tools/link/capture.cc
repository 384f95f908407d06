#include "tools/link/capture.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <utility>
#include <vector>

#include "driver/capture/exchange.h"

namespace hx::tools {
namespace {

using capture::Batch;
using capture::Direction;
using capture::Exchange;

Result<Exchange> session_of(std::string const& path, std::size_t session) {
  Result<std::vector<Exchange>> sessions = capture::read_exchanges(path);
  if (!sessions) return std::move(sessions).error();
  if (session < 1 || session > sessions->size()) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = path + " has no session " + std::to_string(session),
                 .hint = "it holds " + std::to_string(sessions->size()) + ", the first is 1"};
  }
  return std::move(sessions->at(session - 1));
}

void show(Exchange const& exchange, std::size_t number, std::ostream& out) {
  out << "session " << number << ": " << exchange.name << ", " << exchange.packets << " packets, "
      << exchange.repeated_frames << " repeated frames\n";
  std::array narrators = {capture::Narrator(Direction::kToFpga),
                          capture::Narrator(Direction::kFromFpga)};
  for (Batch const& batch : exchange.batches) {
    auto const seconds =
        static_cast<double>(batch.time_ns - exchange.batches.front().time_ns) * 1e-9;
    char const arrow = batch.direction == Direction::kToFpga ? '>' : '<';
    for (std::string const& line :
         narrators.at(static_cast<std::size_t>(batch.direction)).lines(batch.words)) {
      out << '+' << std::fixed << std::setprecision(6) << seconds << ' ' << arrow << ' ' << line
          << '\n';
    }
  }
}

// Receives `count` words; fewer only with an Error.
Result<std::vector<std::uint64_t>> receive(Link& link, std::size_t count, double seconds) {
  std::vector<std::uint64_t> words(count);
  std::size_t have = 0;
  Deadline const deadline = Deadline::in(std::chrono::duration<double>(seconds));
  while (have < count) {
    Result<std::size_t> const got = link.receive(std::span(words).subspan(have), deadline);
    if (!got) return got.error();
    have += *got;
    if (*got == 0) break;
  }
  words.resize(have);
  return words;
}

}  // namespace

Result<void> show_capture(std::string const& path, std::size_t session, std::ostream& out) {
  if (session != 0) {
    Result<Exchange> const exchange = session_of(path, session);
    if (!exchange) return exchange.error();
    show(*exchange, session, out);
    return {};
  }
  Result<std::vector<Exchange>> const sessions = capture::read_exchanges(path);
  if (!sessions) return sessions.error();
  for (std::size_t i = 0; i < sessions->size(); ++i) show(sessions->at(i), i + 1, out);
  return {};
}

Result<bool> diff_captures(std::string const& left, std::string const& right, std::ostream& out) {
  Result<std::vector<Exchange>> const a = capture::read_exchanges(left);
  if (!a) return a.error();
  Result<std::vector<Exchange>> const b = capture::read_exchanges(right);
  if (!b) return b.error();
  bool alike = a->size() == b->size();
  if (!alike) out << a->size() << " sessions against " << b->size() << "\n";
  for (std::size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
    for (Direction const direction : {Direction::kToFpga, Direction::kFromFpga}) {
      auto const difference = capture::first_difference(direction, a->at(i).words(direction),
                                                        b->at(i).words(direction));
      if (!difference) continue;
      alike = false;
      out << "session " << i + 1
          << (direction == Direction::kToFpga ? ", to the FPGA, " : ", from the FPGA, ")
          << *difference << "\n";
    }
  }
  return alike;
}

Result<void> replay_capture(std::string const& path, std::size_t session, Registry const& registry,
                            std::string const& target, double seconds, std::ostream& out) {
  Result<Exchange> const exchange = session_of(path, session);
  if (!exchange) return exchange.error();
  Result<std::unique_ptr<Link>> link = registry.open(target);
  if (!link) return std::move(link).error();
  std::vector<std::uint64_t> expected;
  std::vector<std::uint64_t> found;
  for (Batch const& batch : exchange->batches) {
    if (batch.direction == Direction::kToFpga) {
      if (Result<void> sent = (*link)->send(batch.words); !sent) return sent;
      continue;
    }
    Result<std::vector<std::uint64_t>> const words = receive(**link, batch.words.size(), seconds);
    if (!words) return words.error();
    expected.insert(expected.end(), batch.words.begin(), batch.words.end());
    found.insert(found.end(), words->begin(), words->end());
    if (words->size() < batch.words.size()) break;
  }
  if (auto const difference = capture::first_difference(Direction::kFromFpga, found, expected)) {
    return Error{.code = ErrorCode::kProtocol,
                 .effect = Effect::kApplied,
                 .message = target + " answers differently from " + path + ": " + *difference};
  }
  out << "alike: " << exchange->words(Direction::kToFpga).size() << " words to the FPGA, "
      << found.size() << " from it\n";
  return {};
}

}  // namespace hx::tools
