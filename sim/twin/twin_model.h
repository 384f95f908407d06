/// FPGA, link and chip together, and the loop that jumps from one clock with something to do to the next.
///
/// Within a clock everything sees the state as it was at the start of it. That comes from the order: reads of the FPGA's registers, the
/// executor, packs and trace, encoder, JTAG, completions of the FPGA, chip, completions of the chip; writes at the end.
///
/// Blocks plug in where they belong: at the busses with FpgaBus::attach and Chip::attach; the constructor is the place.
#pragma once

#include <cstdint>

#include "sim/model/model.h"
#include "sim/twin/answers.h"
#include "sim/twin/chip.h"
#include "sim/twin/clock.h"
#include "sim/twin/encoder.h"
#include "sim/twin/event_routes.h"
#include "sim/twin/executor.h"
#include "sim/twin/executor_registers.h"
#include "sim/twin/fpga_bus.h"
#include "sim/twin/fpga_memories.h"
#include "sim/twin/jtag.h"
#include "sim/twin/lanes.h"
#include "sim/twin/link_down.h"
#include "sim/twin/link_registers.h"
#include "sim/twin/link_traffic.h"
#include "sim/twin/link_up.h"
#include "sim/twin/playback.h"
#include "sim/twin/serial_registers.h"
#include "sim/twin/systime.h"
#include "sim/twin/trace.h"
#include "sim/twin/twin.h"

namespace hx::sim {

class TwinModel : public Model {
 public:
  explicit TwinModel(TwinOptions const& options);

  std::size_t fill(std::span<std::uint64_t const> words) override;
  [[nodiscard]] std::size_t filled() const override { return playback_.filled(); }
  [[nodiscard]] std::size_t capacity() const override { return playback_.capacity(); }
  Ran run(std::uint64_t clocks) override;
  void take(std::vector<std::uint64_t>& words) override;
  [[nodiscard]] bool is_discarding() const override { return playback_.discarding(); }
  void feed(std::uint64_t word) override;
  void abort() override;
  [[nodiscard]] std::uint64_t packs_dropped() const override { return trace_.packs_dropped(); }
  [[nodiscard]] std::uint64_t labels_lost() const override { return up_.labels_lost(); }
  [[nodiscard]] std::uint64_t clocks() const override { return clock_; }
  [[nodiscard]] std::string describe() const override;

 private:
  /// Computes the next clock before `end` with something to do, or goes to `end`. True at the end of a run.
  bool step(Clock end);
  bool step_all(Clock now, bool executes);
  [[nodiscard]] Clock next_of_others() const;
  [[nodiscard]] Clock next_of_rare() const;
  void update_lanes(Clock now);
  void executor(Clock now);
  bool record(Clock now);
  void send_routed(Clock now);
  void arrive(Clock now);
  void act_fpga(Clock now);
  void complete_chip(Clock now);

  Clock clock_ = 0;  // the next one to be computed
  // At the entrance, one clock after the harness asked for it.
  bool abort_ = false;
  bool word_offered_ = false;
  std::uint64_t offered_word_ = 0;
  bool chip_reset_ = false;  // level of the pin in clock_
  bool acted_ = false;       // something but the executor acted in the last clock computed

  Clock rare_next_ = 0;  // clock from which next_of_rare() is asked for again

  // Clock in which the enables of the lanes are seen anew.
  Clock lanes_due_ = kNever;
  unsigned fpga_lanes_ = 0;  // as seen last

  // FPGA.
  Playback playback_;
  Lanes lanes_;
  LinkUp up_;
  LinkDown down_;
  LinkTraffic traffic_;
  Systime systime_;
  Answers answers_;
  Jtag jtag_;
  Trace trace_;
  Encoder encoder_;
  FpgaBus bus_;
  ExecutorRegisters executor_registers_;
  LinkRegisters link_registers_;
  FpgaMemories memories_;
  SerialRegisters serial_registers_;
  EventRoutes event_routes_;
  Executor executor_;
  // Chip.
  Chip chip_;
};

}  // namespace hx::sim
