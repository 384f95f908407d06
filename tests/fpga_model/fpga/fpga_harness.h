/// Programs on FPGA and link with the stand-in of the chip; answers with their times.
///
/// `kSync` makes the FPGA time 0 in the clock in which the barrier behind it retires, so instruction k behind it (k = 1, 2, ...) is
/// executed at time k while nothing blocks. An answer that is complete in clock c enters the trace in clock c + 1: its time is c + 1.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <vector>

#include "driver/ut/message.h"
#include "driver/ut/to_fpga.h"
#include "tests/fpga_model/fpga/stub_model.h"

namespace hx::sim {

using Words = std::vector<std::uint64_t>;

inline constexpr std::uint32_t kEventRecording = 0x88000005;
inline constexpr std::uint32_t kTimeout = 0x88000009;
inline constexpr std::uint32_t kTimer = 0x8800000c;

/// A message with the FPGA time that a host gives it.
struct Timed {
  ut::FromFpga code;
  std::uint64_t payload;
  std::uint64_t time;
  bool operator==(Timed const&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, Timed const& timed) {
  return out << "{code " << static_cast<int>(timed.code) << ", payload 0x" << std::hex
             << timed.payload << std::dec << ", time " << timed.time << "}";
}

inline Timed read_answer(std::uint32_t data, std::uint64_t time) {
  return {ut::FromFpga::kOmnibusData, data, time};
}
inline Timed tick_answer(std::uint64_t time) {
  return {ut::FromFpga::kLoopback, 1, time};
}
inline Timed halt_answer(std::uint64_t time) {
  return {ut::FromFpga::kLoopback, 0, time};
}
inline Timed jtag_answer(std::uint64_t data, std::uint64_t time) {
  return {ut::FromFpga::kJtagData, data, time};
}
inline Timed spike(std::uint16_t label, std::uint64_t chip_time, std::uint64_t time) {
  return {ut::FromFpga::kSpikePack1,
          ut::event_bits(static_cast<std::uint8_t>(2 * chip_time), label), time};
}

inline Words operator+(Words a, Words const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
inline Words write(std::uint32_t address, std::uint32_t data, std::uint8_t enables = 0xf) {
  return {ut::omnibus_write_address(address, enables), ut::omnibus_data(data)};
}
inline Words const kSync = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime)};
inline Words const kHalt = {ut::halt()};

class Fpga : public ::testing::Test {
 protected:
  /// Runs a program that ends with a halt and returns the words that left.
  Words run_words(Words const& program) {
    EXPECT_EQ(model_->fill(program), program.size());
    Words words;
    for (int chunk = 0; chunk < 2000; ++chunk) {
      Model::Ran const ran = model_->run(1000);
      model_->take(words);
      clocks_ += ran.clocks;
      if (ran.run_ended) return words;
    }
    ADD_FAILURE() << "the run does not end";
    return words;
  }

  /// Messages of a run with their times, time messages taken out.
  std::vector<Timed> run(Words const& program) {
    std::vector<ut::FromFpgaMessage> messages;
    EXPECT_FALSE(decoder_.decode(run_words(program), messages).unknown_header);
    std::vector<Timed> timed;
    std::uint64_t t = 0;
    for (ut::FromFpgaMessage const& message : messages) {
      ++t;
      if (message.code == ut::FromFpga::kSystime) {
        t = message.payload;
      } else if (message.code == ut::FromFpga::kSysdelta) {
        t += message.payload;
      } else {
        timed.push_back({message.code, message.payload, t});
      }
    }
    return timed;
  }

  std::vector<std::uint32_t> read_all(std::vector<std::uint32_t> const& addresses) {
    Words program;
    for (std::uint32_t address : addresses) program.push_back(ut::omnibus_read(address));
    std::vector<std::uint32_t> values;
    for (Timed const& message :
         run(program + Words{ut::barrier(ut::kBarrierOmnibus), ut::halt()})) {
      if (message.code == ut::FromFpga::kOmnibusData)
        values.push_back(static_cast<std::uint32_t>(message.payload));
    }
    return values;
  }
  std::uint32_t read(std::uint32_t address) { return read_all({address}).at(0); }
  void write_now(std::uint32_t address, std::uint32_t data, std::uint8_t enables = 0xf) {
    run(write(address, data, enables) + Words{ut::barrier(ut::kBarrierOmnibus), ut::halt()});
  }

  std::unique_ptr<Model> model_ = make_stub_model();
  ut::FromFpgaMessageDecoder decoder_;
  std::uint64_t clocks_ = 0;
};

}  // namespace hx::sim
