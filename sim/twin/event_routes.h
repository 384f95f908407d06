/// What the FPGA does with events of the chip besides recording them: SpikeIO (0x88020000 output routes, 0x88030000 input routes,
/// 0x88038000 configuration) and routing tables (0x880c0000 incoming, 0x880d0000 outgoing). Clocks: docs/decisions/bringup.md.
#pragma once

#include <cstdint>
#include <vector>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/fpga_device.h"
#include "sim/twin/link_down.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class EventRoutes : public FpgaDevice {
 public:
  static constexpr std::uint32_t kOutputFirst = 0x0802'0000;
  static constexpr std::uint32_t kOutputLast = 0x0802'ffff;
  static constexpr std::uint32_t kInputFirst = 0x0803'0000;
  static constexpr std::uint32_t kInputLast = 0x0803'00ff;
  static constexpr std::uint32_t kConfig = 0x0803'8000;
  static constexpr std::uint32_t kIncomingFirst = 0x080c'0000;
  static constexpr std::uint32_t kIncomingLast = 0x080c'7fff;
  static constexpr std::uint32_t kOutgoingFirst = 0x080d'0000;
  static constexpr std::uint32_t kOutgoingLast = 0x080d'ffff;

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;
  [[nodiscard]] Clock next() const override;
  void act(Clock now) override;

  /// A pack arrives from the link in clock `now`, before `act`. True: it is queued, so `next` changed.
  bool arrive(EventPack const& pack, Clock now);

  // ---- Labels for the chip.
  /// Clock from which one is offered; kNever: none.
  [[nodiscard]] Clock next_label() const;
  /// In a clock in which one is offered, before `act`.
  std::uint16_t take_label(Clock now);

 private:
  struct Queued {
    Clock from;
    EventPack pack;
  };
  struct Byte {
    Clock from;
    std::uint8_t value;
  };
  struct Label {
    Clock from;
    std::uint16_t value;
  };

  [[nodiscard]] bool sends() const { return (config_ >> 16 & 1) != 0; }
  [[nodiscard]] bool receives() const { return (config_ >> 17 & 1) != 0; }
  [[nodiscard]] bool loops() const { return (config_ >> 18 & 1) != 0; }
  [[nodiscard]] Clock rate() const { return (config_ & 0xffff) == 0 ? 1 : config_ & 0xffff; }

  void look_up(Clock now);
  void use_look_up(Clock now);
  void receive(Clock now);
  void begin_byte(Clock now);
  void look_up_incoming(Clock now);
  void push_labels(Clock now);

  std::vector<std::uint8_t> output_ = std::vector<std::uint8_t>(0x10000, 0xff);
  std::vector<std::uint16_t> input_ = std::vector<std::uint16_t>(0x100, 0xffff);
  std::uint32_t config_ = 1;  // reset value of the register description
  std::vector<std::uint32_t> incoming_ = std::vector<std::uint32_t>(0x8000, 0);
  std::vector<std::uint16_t> outgoing_ = std::vector<std::uint16_t>(0x10000, 0);
  bool used_ = false;  // an entry of the outgoing table was enabled

  // Packs waiting; labels of the first one that were looked up.
  Ring<Queued, timing::kRouteFifo> queue_;
  unsigned looked_ = 0;
  // What the tables said in the clock before used_at_.
  Clock used_at_ = kNever;
  bool has_byte_ = false;
  std::uint8_t byte_ = 0;
  std::uint16_t entry_ = 0;

  // Serial link: bytes waiting, clock from which the next one may begin, byte that will be received.
  Ring<Byte, timing::kSpikeIoFifo> bytes_;
  Clock line_free_ = 0;
  Clock received_at_ = kNever;
  std::uint8_t received_ = 0;
  // Network labels on their way to the incoming table.
  Ring<Label, 64> network_;
  static_assert(timing::kRouteLoop <= 64);

  // What was looked up for the chip in the clock before pushed_at_, and what waits for the link: of SpikeIO, of the network.
  struct Source {
    Clock push_at = kNever;
    std::uint16_t label = 0;
    Ring<Label, timing::kInjectFifo> labels;
    std::size_t size_before = 0;  // as of the start of the clock taken_at
    Clock taken_at = kNever;

    [[nodiscard]] Clock next() const { return labels.empty() ? kNever : labels.front().from; }
    void push(Clock now);
  };
  Source serial_;
  Source routed_;
};

}  // namespace hx::sim
