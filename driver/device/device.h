/// A chip with its FPGA behind a Link: runs playback programs and returns what they answer.
///
///     Result<std::unique_ptr<Link>> link = registry.open("sim:");
///     if (!link) return link.error();
///     Device device(std::move(*link));
///     if (Result<void> ready = device.init(InitOptions::for_model()); !ready) return ready.error();
///     Result<Responses> responses = device.run(program, Deadline::in(std::chrono::seconds{5}));
///
/// A run sends the program and a halt and collects everything up to the answer of the halt. It
/// fails, with an Error that names the instruction, when
///  - the halt does not come back before the deadline (kTimeout, effect kUnknown). The connection
///    stays usable: what the old program still sends is dropped by the next run. (After every
///    failure the next run sends a barrier and a halt first and drops all that comes before it.)
///  - the link gives the program up (kTimeout, e.g. `sim:?max_cycles=N`); it stays usable, too;
///  - the FPGA reports that an instruction blocked for too long (kHardware, effect kUnknown);
///  - an answer is missing or there is one too many (kProtocol);
///  - times went beyond 43 bits (kOutOfRange);
///  - the FPGA sends what is no message (kProtocol) or the link breaks (kLinkLost). The device is
///    lost then: every further call answers kLinkLost, and only a new connection helps.
///
/// Messages that arrive after the halt of a run are dropped by the next run and counted in its
/// health, as far as they are there when it begins; the chip times of the others tell that they are
/// old.
///
/// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "driver/device/init.h"
#include "driver/device/program.h"
#include "driver/device/responses.h"
#include "driver/link/deadline.h"
#include "driver/link/link.h"
#include "driver/ut/from_fpga.h"

namespace hx {

class Device {
 public:
  /// Takes the link over. Does not talk to it.
  explicit Device(std::unique_ptr<Link> link);
  /// The same behind a Result, for chains that begin with Registry::open.
  static Result<std::unique_ptr<Device>> open(std::unique_ptr<Link> link);

  /// Runs a program and returns its answers.
  Result<Responses> run(Program const& program, Deadline deadline);
  /// The same into arrays that keep their memory from run to run. Their content is replaced, also
  /// when the run fails: then they hold what had arrived until then.
  Result<void> run(Program const& program, Deadline deadline, Responses& responses);

  /// Brings FPGA, chip and link up (init.h). The error of a step that blocks names the step.
  Result<void> init(InitOptions const& options = {},
                    Deadline deadline = Deadline::in(std::chrono::seconds{10}));

  /// The connection has ended; see above.
  [[nodiscard]] bool is_lost() const { return !lost_because_.empty(); }
  /// Halts of timed-out runs that have not come back yet.
  [[nodiscard]] std::uint64_t halts_outstanding() const { return halts_outstanding_; }
  /// The instruction that the last failed run is blamed on, if one is.
  [[nodiscard]] std::optional<std::size_t> failed_instruction() const {
    return failed_instruction_;
  }
  Link& link() { return *link_; }
  [[nodiscard]] Link const& link() const { return *link_; }

 private:
  Result<void> drop_late(Deadline deadline);
  Result<void> drop_pending();
  Result<void> send(Program const& program);
  Result<void> receive(Deadline deadline);
  Result<bool> decode(ut::Received& received);
  Result<void> collect(Program const& program, Deadline deadline, Responses& responses);
  Result<void> check(Program const& program, Responses& responses);
  Result<void> check_timeouts(Program const& program, Responses const& responses);
  Result<void> check_counts(Program const& program, Responses const& responses);
  Error timed_out(Program const& program, Responses const& responses);
  void drop_stale_reads(Responses& responses);
  void watch_lanes(ut::Received const& received);
  [[nodiscard]] std::string hint_for(Program const& program, std::size_t instruction) const;
  Error blame(Program const& program, std::size_t instruction, Error error);
  Error lose(Error cause);

  std::unique_ptr<Link> link_;
  ut::FromFpgaDecoder decoder_;
  std::vector<std::uint64_t> buffer_;       // words from the link
  std::span<std::uint64_t const> pending_;  // part of buffer_ that is not decoded yet
  ut::Received late_;                       // messages of earlier runs, to be counted
  std::uint64_t late_messages_ = 0;
  std::uint64_t words_received_ = 0;
  std::uint64_t halts_outstanding_ = 0;
  bool answers_outstanding_ = false;  // a failed run may still get some
  std::uint64_t stale_reads_ = 0;     // of failed runs, still to be answered
  bool lane_came_up_ = false;         // since the connection was opened
  std::optional<std::size_t> failed_instruction_;
  std::string lost_because_;
};

}  // namespace hx
