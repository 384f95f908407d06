#include "driver/device/responses.h"

#include "driver/base/check.h"

namespace hx {
namespace {

void check_ticket(Ticket ticket, std::size_t answers) {
  HX_CHECK(ticket.index < answers)
      << "ticket " << ticket.index << " of a run with " << answers << " answers of its kind";
}

}  // namespace

std::uint64_t Responses::value(Ticket ticket) const {
  switch (ticket.kind) {
    case Ticket::Kind::kRead:
      check_ticket(ticket, reads.size());
      return reads.value[ticket.index];
    case Ticket::Kind::kTick:
      check_ticket(ticket, ticks.size());
      return 1;
    case Ticket::Kind::kJtag:
      check_ticket(ticket, jtag.size());
      return jtag.value[ticket.index];
  }
  return 0;
}

FpgaCycles Responses::fpga_time(Ticket ticket) const {
  FlatArray<std::uint64_t> const* times = &reads.fpga_time;
  if (ticket.kind == Ticket::Kind::kTick) times = &ticks;
  if (ticket.kind == Ticket::Kind::kJtag) times = &jtag.fpga_time;
  check_ticket(ticket, times->size());
  return FpgaCycles{static_cast<std::int64_t>((*times)[ticket.index])};
}

Result<void> Responses::words_of(Ticket first, reg::Via via, std::span<std::uint64_t> words) const {
  std::size_t const per_word = std::max<std::size_t>(reg::info(via).i2c.bytes, 1);
  std::vector<std::uint64_t> answers(per_word);
  for (std::uint64_t& word : words) {
    for (std::uint64_t& answer : answers) {
      answer = value(first);
      ++first.index;
    }
    Result<std::uint64_t> result = reg::read_result(via, answers);
    if (!result) return std::move(result).error();
    word = *result;
  }
  return {};
}

}  // namespace hx
