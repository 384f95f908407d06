#include "driver/device/device.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "driver/base/check.h"
#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

using Stop = ut::FromFpgaDecoder::Stop;

constexpr std::size_t kBufferWords = 1 << 15;
// A link that never stops delivering (an endless stream of events) must not keep a run from
// beginning.
constexpr int kMostLateBuffers = 32;

std::string number_of(std::uint64_t count, char const* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

Device::Device(std::unique_ptr<Link> link) : link_(std::move(link)), buffer_(kBufferWords) {
  HX_CHECK(link_ != nullptr) << "a device needs a link";
}

Result<std::unique_ptr<Device>> Device::open(std::unique_ptr<Link> link) {
  return std::make_unique<Device>(std::move(link));
}

Result<Responses> Device::run(Program const& program, Deadline deadline) {
  Responses responses;
  if (Result<void> done = run(program, deadline, responses); !done) {
    return std::move(done).error();
  }
  return responses;
}

Result<void> Device::run(Program const& program, Deadline deadline, Responses& responses) {
  responses.clear();
  responses.health = {};
  failed_instruction_.reset();
  if (is_lost()) {
    return Error{.code = ErrorCode::kLinkLost,
                 .message = "the connection was lost before: " + lost_because_,
                 .hint = "open a new connection"};
  }
  late_messages_ = 0;
  words_received_ = 0;
  if (Result<void> done = drop_late(deadline); !done) return done;

  auto const begin = std::chrono::steady_clock::now();
  if (Result<void> done = send(program); !done) return done;
  Result<void> collected = collect(program, deadline, responses);
  auto const end = std::chrono::steady_clock::now();

  RunHealth& health = responses.health;
  health.late_messages = late_messages_;
  health.words_sent = program.instruction_count() + 1;
  health.words_received = words_received_;
  health.seconds = std::chrono::duration<double>(end - begin).count();
  if (!program.fits_playback_memory()) {
    health.warnings.push_back("the program has " + std::to_string(program.instruction_count()) +
                              " instructions, the playback memory " +
                              std::to_string(Program::kPlaybackMemory) +
                              ": its timing is not guaranteed");
  }
  if (!collected) return collected;
  return check(program, responses);
}

Result<void> Device::init(InitOptions const& options, Deadline deadline) {
  Result<Responses> const done = run(init_program(options), deadline);
  if (done) return {};
  std::string where = "start-up";
  if (failed_instruction_) {
    where += ", step '" + std::string(init_step(options, *failed_instruction_)) + "'";
  }
  return Error(done.error()).context(where);
}

// Takes what is there already out of the way.
Result<void> Device::drop_late(Deadline deadline) {
  for (int round = 0; round < kMostLateBuffers; ++round) {
    if (Result<void> done = drop_pending(); !done) return done;
    if (deadline.passed() && round > 0) break;
    if (Result<void> done = receive(Deadline::now()); !done) return done;
    if (pending_.empty()) break;
  }
  return drop_pending();
}

Result<void> Device::drop_pending() {
  while (!pending_.empty()) {
    Result<bool> const is_halt = decode(late_);
    if (!is_halt) return is_halt.error();
    if (*is_halt && halts_outstanding_ > 0) --halts_outstanding_;
  }
  return {};
}

Result<void> Device::send(Program const& program) {
  std::uint64_t const halt = ut::halt();
  Result<void> sent;
  if (answers_outstanding_) {
    // Answers of a failed run must not be taken for those of this one: they all come before a
    // barrier, and what comes before its halt is dropped.
    std::uint64_t const settle[] = {ut::barrier(ut::kBarrierOmnibus | ut::kBarrierJtag), halt};
    sent = link_->send(settle);
    answers_outstanding_ = false;
    ++halts_outstanding_;
  }
  if (sent) sent = link_->send(program.words());
  if (sent) sent = link_->send({&halt, 1});
  if (sent) return {};
  return lose(std::move(sent).error().context("sending a program"));
}

// Refills pending_; nothing in it afterwards means that the deadline has passed.
Result<void> Device::receive(Deadline deadline) {
  Result<std::size_t> const count = link_->receive(buffer_, deadline);
  if (!count) {
    Error error = Error(count.error()).context("waiting for answers");
    if (error.code != ErrorCode::kTimeout) return lose(std::move(error));
    // The link gave the program up and lives on; the halt is still to come.
    ++halts_outstanding_;
    answers_outstanding_ = true;
    return error;
  }
  HX_CHECK(*count <= buffer_.size()) << link_->describe() << " delivered too much";
  pending_ = std::span<std::uint64_t const>(buffer_).first(*count);
  words_received_ += *count;
  return {};
}

// Decodes pending words up to a halt (true) or their end; late messages are counted and dropped.
Result<bool> Device::decode(ut::Received& received) {
  ut::FromFpgaDecoder::Progress const progress = decoder_.decode(pending_, received);
  pending_ = pending_.subspan(progress.words);
  if (&received == &late_) {
    late_messages_ += late_.size() - late_.halts.size();
    watch_lanes(late_);
    // Reads that even the barrier behind a failed run did not see answered (a link that is down) will be answered before any later one.
    stale_reads_ -= std::min<std::uint64_t>(stale_reads_, late_.reads.size());
    if (!late_.timeouts.empty())
      stale_reads_ = late_.timeouts[late_.timeouts.size() - 1].omnibus_reads;
    late_.clear();
  }
  if (progress.stop == Stop::kUnknownHeader) {
    return lose(Error{.code = ErrorCode::kProtocol,
                      .effect = Effect::kUnknown,
                      .message = "the FPGA sent a message with the unknown header " +
                                 std::to_string(progress.header) + " after " +
                                 number_of(decoder_.message_count(), "message") +
                                 " of this connection",
                      .hint = "the stream cannot be followed any further: open a new connection"});
  }
  return progress.stop == Stop::kHalt;
}

Result<void> Device::collect(Program const& program, Deadline deadline, Responses& responses) {
  decoder_.start_program();
  for (;;) {
    if (pending_.empty()) {
      if (Result<void> done = receive(deadline); !done) return done;
    }
    if (pending_.empty()) {
      if (!deadline.passed()) continue;
      return timed_out(program, responses);
    }
    Result<bool> const is_halt = decode(halts_outstanding_ > 0 ? late_ : responses);
    if (!is_halt) return is_halt.error();
    if (!*is_halt) continue;
    if (halts_outstanding_ == 0) return {};
    --halts_outstanding_;  // the end of an earlier program
    decoder_.start_program();
  }
}

Error Device::timed_out(Program const& program, Responses const& responses) {
  ++halts_outstanding_;
  answers_outstanding_ = true;
  Error error{.code = ErrorCode::kTimeout,
              .effect = Effect::kUnknown,
              .message = "the program did not end before its deadline: " +
                         std::to_string(responses.reads.size()) + " of " +
                         number_of(program.read_count(), "read") + " answered",
              .hint =
                  "give it more time, or look for an instruction that waits for ever; the "
                  "connection stays usable"};
  if (responses.reads.size() >= program.read_count()) return error;
  Ticket const first{Ticket::Kind::kRead, static_cast<std::uint32_t>(responses.reads.size())};
  return blame(program, program.instruction_of(first), std::move(error));
}

void Device::watch_lanes(ut::Received const& received) {
  for (ut::LinkNotification const& notification : received.notifications) {
    lane_came_up_ |= notification.is_up();
  }
}

void Device::drop_stale_reads(Responses& responses) {
  auto const count =
      static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(stale_reads_, responses.reads.size()));
  if (count == 0) return;
  auto const drop = [count](auto& values) {
    std::move(values.begin() + count, values.end(), values.begin());
    values.set_size(values.size() - static_cast<std::size_t>(count));
  };
  drop(responses.reads.value);
  drop(responses.reads.fpga_time);
  stale_reads_ -= static_cast<std::uint64_t>(count);
  responses.health.late_messages += static_cast<std::uint64_t>(count);
}

Result<void> Device::check(Program const& program, Responses& responses) {
  watch_lanes(responses);
  drop_stale_reads(responses);
  for (ut::LinkNotification const& notification : responses.notifications) {
    if (!notification.has_error()) continue;
    responses.health.warnings.push_back("error on high-speed lane " +
                                        std::to_string(notification.lane()) + " (bits " +
                                        std::to_string(notification.bits & 0x1f) + ")");
  }
  if (Result<void> done = check_timeouts(program, responses); !done) return done;
  if (Result<void> done = check_counts(program, responses); !done) return done;
  if (decoder_.time_in_range()) return {};
  return Error{.code = ErrorCode::kOutOfRange,
               .effect = Effect::kApplied,
               .message = "the system time went beyond 2^43 - 1 cycles (19.5 h)",
               .hint = "synchronise it again (Device::init)"};
}

Result<void> Device::check_timeouts(Program const& program, Responses const& responses) {
  if (responses.timeouts.empty()) return {};
  answers_outstanding_ = true;
  ut::InstructionTimeout const& timeout = responses.timeouts[0];
  std::string message = "an instruction blocked for longer than the instruction timeout; " +
                        number_of(timeout.omnibus_reads, "Omnibus read") + " in flight";
  bool const is_known = responses.reads.size() < program.read_count();
  if (timeout.omnibus_reads > 0 && is_known) {
    Ticket const first{Ticket::Kind::kRead, static_cast<std::uint32_t>(responses.reads.size())};
    message += ", first unanswered " + program.describe(program.instruction_of(first));
  }
  if (timeout.trace_stall > 0) {
    message += "; the output was stalled in " + std::to_string(timeout.trace_stall) +
               " of the last 96 cycles";
  }
  return blame(program, timeout.instruction,
               Error{.code = ErrorCode::kHardware,
                     .effect = Effect::kUnknown,
                     .message = std::move(message),
                     .hint = hint_for(program, timeout.instruction)});
}

namespace {

// The address that a polling instruction reads, as far as the program sets it: the last write in
// front of the instruction to the executor's register.
std::optional<std::uint32_t> polled_address(Program const& program, std::size_t instruction) {
  constexpr std::uint64_t kPollingAddress = ut::omnibus_write_address(0x88000006);
  std::span<std::uint64_t const> const words = program.words();
  for (std::size_t i = std::min(instruction, words.size()); i >= 2; --i) {
    if (words[i - 2] == kPollingAddress) return static_cast<std::uint32_t>(words[i - 1]);
  }
  return {};
}

bool is_processor_status(std::uint32_t address) {
  return (address & ~0x01000000U) == 0x02a00001;
}

bool needs_the_link(std::uint64_t word) {
  switch (static_cast<ut::ToFpga>(word >> 56)) {
    case ut::ToFpga::kOmnibusAddress:
      return (word >> 31 & 1) == 0;
    case ut::ToFpga::kTimingBarrier:
      return (word & (ut::kBarrierOmnibus | ut::kBarrierSystime)) != 0;
    case ut::ToFpga::kOmnibusData:
    case ut::ToFpga::kTimingPollingOmnibusBlock:
      return true;
    default:
      return false;
  }
}

}  // namespace

// What a user should look at when this instruction blocks.
std::string Device::hint_for(Program const& program, std::size_t instruction) const {
  std::string const discarded = "the rest of the program was discarded; ";
  if (instruction >= program.words().size()) return discarded + "does the FPGA run this program?";
  std::uint64_t const word = program.words()[instruction];
  if (!lane_came_up_ && needs_the_link(word)) {
    return discarded +
           "no lane of the link to the chip has come up since this connection was opened: start "
           "the chip first (Device::init, init_program)";
  }
  if (static_cast<ut::ToFpga>(word >> 56) == ut::ToFpga::kTimingPollingOmnibusBlock) {
    std::optional<std::uint32_t> const address = polled_address(program, instruction);
    if (address && is_processor_status(*address)) {
      return discarded +
             "it waits for a plasticity processor; the chip models have none, their status stays 0";
    }
  }
  return discarded + "is the chip link up, and does the address answer?";
}

Result<void> Device::check_counts(Program const& program, Responses const& responses) {
  struct Count {
    Ticket::Kind kind;
    char const* what;
    std::uint64_t received;
    std::uint64_t expected;
  };
  Count const counts[] = {
      {Ticket::Kind::kRead, "Omnibus read", responses.reads.size(), program.read_count()},
      {Ticket::Kind::kJtag, "JTAG read", responses.jtag.size(), program.jtag_count()},
      {Ticket::Kind::kTick, "tick", responses.ticks.size(), program.tick_count()}};
  for (Count const& count : counts) {
    if (count.received == count.expected) continue;
    answers_outstanding_ = true;
    Error error{.code = ErrorCode::kProtocol,
                .effect = Effect::kApplied,
                .message = std::to_string(count.received) + " answers to " +
                           number_of(count.expected, count.what) + " arrived before the halt"};
    if (count.received > count.expected) {
      error.hint =
          "answers of an earlier program without a barrier at its end, or a fault of the "
          "FPGA; run it again";
      return error;
    }
    error.hint = "end a program with a barrier, so that the halt comes after all answers";
    Ticket const first{count.kind, static_cast<std::uint32_t>(count.received)};
    return blame(program, program.instruction_of(first), std::move(error));
  }
  return {};
}

// Names the instruction in the message and remembers it.
Error Device::blame(Program const& program, std::size_t instruction, Error error) {
  failed_instruction_ = instruction;
  return std::move(error).context("instruction " + program.describe(instruction));
}

Error Device::lose(Error cause) {
  lost_because_ = cause.message;
  pending_ = {};
  if (cause.effect == Effect::kNone) cause.effect = Effect::kUnknown;
  return cause;
}

}  // namespace hx
