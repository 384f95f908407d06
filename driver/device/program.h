/// A playback program: the instructions that the FPGA executes one after the other, kept as the
/// words that are sent. Building one is appending to a vector.
///
///     Program program;
///     program.write(0x8800'0005, 1);                 // event recording on
///     program.setup_timer();
///     program.wait_until(FpgaCycles{125});
///     program.event(0x1234);
///     Ticket ticket = program.read(0x8800'000c);     // program timer
///     program.barrier(ut::kBarrierOmnibus);          // before the end: all answers are there
///     Result<Responses> responses = device.run(program, Deadline::in(1s));
///     if (responses) use(responses->value(ticket));
///
/// Instructions are numbered from 0 in the order of the calls; a write over the Omnibus is two of
/// them (address and data). The halt at the end is added by Device::run and is none of the program.
///
/// Reads do not wait: put `barrier` where the answers have to be complete, at the latest before the
/// end. Device::run reports a read without an answer.
///
/// Values out of range break a contract. Threads: none of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "driver/base/check.h"
#include "driver/base/result.h"
#include "driver/base/units.h"
#include "driver/registers/operations.h"
#include "driver/registers/registers.h"
#include "driver/ut/flat_array.h"
#include "driver/ut/to_fpga.h"

namespace hx {

/// Where an answer will be found in the Responses of the run of the program that gave the ticket.
struct Ticket {
  enum class Kind : std::uint8_t { kRead, kTick, kJtag };
  Kind kind = Kind::kRead;
  std::uint32_t index = 0;  ///< number among the answers of this kind

  bool operator==(Ticket const&) const = default;
};

/// The same for a register container: Responses::get turns it into the value.
template <reg::Readable T>
struct TicketOf {
  typename T::Coordinate place = {};
  reg::Via via = T::kVia;
  Ticket first = {};
};

class Program {
 public:
  /// Words of the playback memory of the FPGA. A longer program still runs, but no longer with
  /// exact timing: the executor may wait for the network.
  static constexpr std::size_t kPlaybackMemory = 4'194'304;

  // ---- Omnibus: address bit 31 set is the FPGA, clear the chip ----

  /// Writes 32 bits; bit i of `byte_enables` selects bits 8i+7..8i of the data.
  void write(std::uint32_t address, std::uint32_t data, std::uint8_t byte_enables = 0xf) {
    append(ut::omnibus_write_address(address, byte_enables));
    append(ut::omnibus_data(data));
  }
  /// Writes data[i] to addresses[i], all bytes enabled; for whole configurations, e.g.
  /// write_all(reg::Chip::addresses(), chip.words()). Both spans have the same length (contract).
  void write_all(std::span<std::uint32_t const> addresses, std::span<std::uint32_t const> data);
  /// Reads 32 bits.
  Ticket read(std::uint32_t address) {
    append(ut::omnibus_read(address));
    return {Ticket::Kind::kRead, reads_++};
  }
  /// Reads all addresses; the tickets are the returned one and those that follow it in order.
  Ticket read_all(std::span<std::uint32_t const> addresses);

  // ---- Registers by type, over whatever leads to them: Omnibus, JTAG, SPI, I2C ----

  /// Writes a container; its values must be in range (contract; reg::check tells).
  template <reg::Writable T>
  void write(typename T::Coordinate place, T const& value, reg::Via via = T::kVia) {
    HX_CHECK(reg::detail::in_range(value)) << reg::check(value).error().text();
    auto const words = reg::encode(value, place);
    std::array<std::uint64_t, T::kWriteWords> wide;
    std::copy(words.begin(), words.end(), wide.begin());
    Result<void> const done = write_container(reg::info<T>(), place.value(), wide, via);
    HX_CHECK(done) << done.error().text();
  }
  /// Reads a container.
  template <reg::Readable T>
  TicketOf<T> read(typename T::Coordinate place = {}, reg::Via via = T::kVia) {
    Result<Ticket> const first = read_container(reg::info<T>(), place.value(), via);
    HX_CHECK(first) << first.error().text();
    return {.place = place, .via = via, .first = *first};
  }
  /// The same for containers that are known at run time only. `words` are those of a write, in
  /// order. kUnsupported if `via` does not lead to the container or cannot write or read it,
  /// kOutOfRange if there is no such `number`, kInvalidArgument for a wrong number of words; the
  /// program is unchanged then. The answers of a read begin at the ticket, one or (I2C) several per
  /// word: reg::read_result.
  Result<void> write_container(reg::ContainerInfo const& container, std::uint32_t number,
                               std::span<std::uint64_t const> words, reg::Via via);
  Result<Ticket> read_container(reg::ContainerInfo const& container, std::uint32_t number,
                                reg::Via via);

  // ---- Time ----

  /// Program timer = 0.
  void setup_timer() { append(ut::timer_setup()); }
  /// Blocks until the program timer has reached `time` (0 .. 2^32 - 1). The instruction takes at
  /// least one cycle: what follows it executes at `time` + 1 or later.
  void wait_until(FpgaCycles time) {
    // Negative times are large ones here.
    if (static_cast<std::uint64_t>(time.count()) > 0xffff'ffff) [[unlikely]]
      refuse_wait(time);
    append(ut::wait_until(static_cast<std::uint32_t>(time.count())));
  }
  /// Blocks until what the bits of `ut::Barrier` select is idle.
  void barrier(std::uint8_t mask) {
    HX_CHECK(mask < 32) << "barrier mask " << unsigned{mask};
    append(ut::barrier(mask));
  }
  /// Starts the synchronisation of the system time (true) or asks for one Systime message (false).
  void systime_init(bool sync) { append(ut::systime_init(sync)); }
  /// Repeats the read described by the polling registers until it matches (true) or differs.
  void polling_block(bool expect_equality) { append(ut::polling_block(expect_equality)); }
  /// A marker; its answer carries the FPGA time.
  Ticket tick() {
    append(ut::tick());
    return {Ticket::Kind::kTick, ticks_++};
  }

  // ---- Events to the chip ----

  void event(std::uint16_t label) { append(ut::spike(label)); }
  /// One to three labels that leave in the same cycle, as one instruction.
  void events(std::span<std::uint16_t const> labels) {
    switch (labels.size()) {
      case 1:
        return append(ut::spike(labels[0]));
      case 2:
        return append(ut::spikes(labels[0], labels[1]));
      case 3:
        return append(ut::spikes(labels[0], labels[1], labels[2]));
      default:
        refuse_events(labels.size());
    }
  }

  // ---- Reset and JTAG ----

  /// Level of the chip's reset pin.
  void reset_chip(bool active) { append(ut::chip_reset(active)); }
  void jtag_init() { append(ut::jtag_init()); }
  /// JTAG clock = 125 MHz / (divider + 2).
  void jtag_scaler(std::uint8_t divider) { append(ut::jtag_scaler(divider)); }
  /// Selects a JTAG register, 0..127.
  void jtag_instruction(std::uint8_t instruction) {
    HX_CHECK(instruction < 128) << "JTAG instruction " << unsigned{instruction};
    append(ut::jtag_instruction(instruction));
  }
  /// Shifts 3..33 bits into the selected register; the answer is dropped.
  void jtag_data(unsigned bits, std::uint64_t data) { append(jtag_word(bits, data, false)); }
  /// The same; the bits that come out are kept.
  Ticket jtag_exchange(unsigned bits, std::uint64_t data) {
    append(jtag_word(bits, data, true));
    return {Ticket::Kind::kJtag, jtag_++};
  }
  /// A write or read of the chip's Omnibus through JTAG.
  void jtag_write(std::uint32_t address, std::uint32_t data);
  Ticket jtag_read(std::uint32_t address);

  // ---- The program as data ----

  [[nodiscard]] std::span<std::uint64_t const> words() const { return words_.span(); }
  [[nodiscard]] std::size_t instruction_count() const { return words_.size(); }
  /// With the halt at its end.
  [[nodiscard]] bool fits_playback_memory() const { return words_.size() < kPlaybackMemory; }
  [[nodiscard]] std::uint32_t read_count() const { return reads_; }
  [[nodiscard]] std::uint32_t tick_count() const { return ticks_; }
  [[nodiscard]] std::uint32_t jtag_count() const { return jtag_; }

  /// The instruction that the answer to `ticket` belongs to.
  [[nodiscard]] std::size_t instruction_of(Ticket ticket) const;
  /// One line for people, e.g. "#17 read 0x8800000c"; registers are named. An index beyond the
  /// program says so.
  [[nodiscard]] std::string describe(std::size_t instruction) const;
  /// Lines for `count` instructions from `first`, each ended by a newline; a write is one line.
  [[nodiscard]] std::string listing(std::size_t first, std::size_t count) const;

  /// Appends another program; its tickets move by the counts of this one.
  void append(Program const& other);
  /// Appends encoded instructions, e.g. of a recorded program. kParse for a word that is none; the
  /// program is unchanged then. Answers are counted as usual.
  Result<void> append_words(std::span<std::uint64_t const> words);
  /// Room for `instructions` more.
  void reserve(std::size_t instructions) { words_.reserve(words_.size() + instructions); }
  void clear();

  bool operator==(Program const&) const = default;

 private:
  void append(std::uint64_t word) { words_.push_back(word); }
  void apply(reg::Operation const& operation);
  // Out of line, so that the builders above stay small enough for the compiler to put in place.
  [[noreturn]] static void refuse_wait(FpgaCycles time);
  [[noreturn]] static void refuse_events(std::size_t count);
  static std::uint64_t jtag_word(unsigned bits, std::uint64_t data, bool keep) {
    HX_CHECK(bits >= 3 && bits <= 33) << "JTAG shift of " << bits << " bits";
    return ut::jtag_data(bits, data, keep);
  }

  FlatArray<std::uint64_t> words_;
  std::uint32_t reads_ = 0;
  std::uint32_t ticks_ = 0;
  std::uint32_t jtag_ = 0;
};

}  // namespace hx
