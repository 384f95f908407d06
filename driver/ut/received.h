/// What has come from the FPGA, class by class, in flat arrays. Within a class the order is that of
/// arrival; between classes only the times tell.
///
/// Times are FPGA cycles (8 ns): `fpga_time` is when the FPGA queued the message, `chip_time` when
/// the event left the chip (its 4 ns bit is dropped). Both count from the last synchronisation of
/// the system time; without one `fpga_time` merely counts messages. A chip time near 2^43 belongs
/// to an event that is older than the count.
#pragma once

#include <cstdint>

#include "driver/ut/flat_array.h"
#include "driver/ut/messages.h"

namespace hx::ut {

struct Spikes {
  FlatArray<std::uint64_t> chip_time;
  FlatArray<std::uint64_t> fpga_time;
  FlatArray<std::uint16_t> label;  ///< 15..14 SPL1 address, 13..0 label in the crossbar

  [[nodiscard]] std::size_t size() const { return label.size(); }
  bool operator==(Spikes const&) const = default;
};

struct MadcSamples {
  FlatArray<std::uint64_t> chip_time;
  FlatArray<std::uint64_t> fpga_time;
  FlatArray<std::uint16_t> raw;  ///< 10 channel, 9..0 value, higher bits as received (13..11)

  [[nodiscard]] std::size_t size() const { return raw.size(); }
  [[nodiscard]] std::uint16_t value(std::size_t index) const {
    return static_cast<std::uint16_t>(spec::madc_sample::kValue.get(raw[index]));
  }
  [[nodiscard]] std::uint8_t channel(std::size_t index) const {
    return static_cast<std::uint8_t>(spec::madc_sample::kChannel.get(raw[index]));
  }
  bool operator==(MadcSamples const&) const = default;
};

/// Answers to Omnibus reads.
struct Reads {
  FlatArray<std::uint32_t> value;
  FlatArray<std::uint64_t> fpga_time;

  [[nodiscard]] std::size_t size() const { return value.size(); }
  bool operator==(Reads const&) const = default;
};

/// Answers to JTAG data shifts; 33 bits, the first shifted one in bit 0.
struct JtagAnswers {
  FlatArray<std::uint64_t> value;
  FlatArray<std::uint64_t> fpga_time;

  [[nodiscard]] std::size_t size() const { return value.size(); }
  bool operator==(JtagAnswers const&) const = default;
};

/// A change or an error on one of the high-speed lanes.
struct LinkNotification {
  std::uint64_t fpga_time = 0;
  std::uint8_t bits =
      0;  ///< 7..5 lane, 4 up, 3 decode error, 2 CRC error, 1 CRC recovered, 0 check error

  [[nodiscard]] unsigned lane() const {
    return static_cast<unsigned>(spec::from_fpga::highspeed_link_notification::kLink.get(bits));
  }
  [[nodiscard]] bool is_up() const {
    return spec::from_fpga::highspeed_link_notification::kLinkUp.get(bits) != 0;
  }
  /// An error of decoding, of the CRC or of the check; `recovered` from one is none.
  [[nodiscard]] bool has_error() const {
    using namespace spec::from_fpga::highspeed_link_notification;
    return (bits & (kDecodeError.put(1) | kCrcError.put(1) | kCheckError.put(1))) != 0;
  }
  bool operator==(LinkNotification const&) const = default;
};

/// An instruction blocked for longer than the instruction timeout; the rest of the program was
/// discarded.
struct InstructionTimeout {
  std::uint64_t fpga_time = 0;
  std::uint32_t instruction = 0;   ///< index in the program
  std::uint8_t trace_stall = 0;    ///< of the last 96 cycles, those with a stalled output
  std::uint8_t omnibus_reads = 0;  ///< reads without answer at that moment
  bool operator==(InstructionTimeout const&) const = default;
};

struct Received {
  Spikes spikes;
  MadcSamples madc;
  Reads reads;
  JtagAnswers jtag;
  FlatArray<std::uint64_t> ticks;  ///< FPGA times
  FlatArray<std::uint64_t> halts;  ///< FPGA times
  FlatArray<LinkNotification> notifications;
  FlatArray<InstructionTimeout> timeouts;

  /// Number of elements over all classes.
  [[nodiscard]] std::size_t size() const {
    return spikes.size() + madc.size() + reads.size() + jtag.size() + ticks.size() + halts.size() +
           notifications.size() + timeouts.size();
  }
  /// Everything gone, memory kept.
  void clear();

  bool operator==(Received const&) const = default;
};

}  // namespace hx::ut
