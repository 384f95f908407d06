#include "driver/device/program.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "driver/base/hex.h"
#include "driver/registers/operations.h"
#include "driver/ut/message.h"

namespace hx {
namespace {

using ut::ToFpga;
namespace fields = ut::spec::to_fpga;

ToFpga code_of(std::uint64_t word) {
  return static_cast<ToFpga>(word >> (ut::spec::kPhyWordBits - ut::spec::kHeaderBits));
}
bool is_read(std::uint64_t word) {
  return code_of(word) == ToFpga::kOmnibusAddress &&
         fields::omnibus_address::kIsRead.get(word) != 0;
}
bool is_write_address(std::uint64_t word) {
  return code_of(word) == ToFpga::kOmnibusAddress &&
         fields::omnibus_address::kIsRead.get(word) == 0;
}
bool is_tick(std::uint64_t word) {
  return word == ut::tick();
}
bool is_kept_jtag(std::uint64_t word) {
  return code_of(word) == ToFpga::kJtagData && fields::jtag_data::kKeepResponse.get(word) != 0;
}

bool is_answered(std::uint64_t word, Ticket::Kind kind) {
  switch (kind) {
    case Ticket::Kind::kRead:
      return is_read(word);
    case Ticket::Kind::kTick:
      return is_tick(word);
    case Ticket::Kind::kJtag:
      return is_kept_jtag(word);
  }
  return false;
}

// " (NeuronConfig[17] word 2)" for an address that the register map knows.
std::string register_name(std::uint32_t address) {
  std::vector<reg::AddressMatch> const matches = reg::find_address(address);
  if (!matches.empty()) {
    reg::AddressMatch const& match = matches.front();
    std::string text = " (" + std::string(match.container->name);
    if (match.container->coordinate.size > 1) text += "[" + std::to_string(match.number) + "]";
    if (match.container->words.size() > 1) text += " word " + std::to_string(match.word);
    return text + ")";
  }
  for (reg::RawRegister const& raw : reg::raw_registers()) {
    if (raw.address == address) return " (" + std::string(raw.name) + ")";
  }
  return {};
}

std::string barrier_text(std::uint64_t word) {
  using namespace fields::timing_barrier;
  struct Part {
    ut::spec::Field field;
    char const* name;
  };
  static constexpr Part kParts[] = {{kOmnibus, " omnibus"},
                                    {kJtag, " jtag"},
                                    {kSystime, " systime"},
                                    {kMultiFpga, " multi-fpga"},
                                    {kSystimeCorrection, " systime-correction"}};
  std::string text = "barrier";
  for (Part const& part : kParts) {
    if (part.field.get(word) != 0) text += part.name;
  }
  return text;
}

std::string events_text(std::uint64_t word, unsigned count) {
  std::string text = "events";
  for (unsigned k = count; k-- > 0;) text += " " + hex(word >> (16 * k) & 0xffff, 4);
  return text;
}

std::string omnibus_address_text(std::uint64_t word) {
  using namespace fields::omnibus_address;
  auto const address = static_cast<std::uint32_t>(kAddress.get(word));
  std::string text = kIsRead.get(word) != 0 ? "read " : "write ";
  text += hex(address, 8) + register_name(address);
  if (kByteEnables.get(word) != 0xf) text += " byte enables " + hex(kByteEnables.get(word), 1);
  return text;
}

std::string text_of(std::uint64_t word) {
  switch (code_of(word)) {
    case ToFpga::kJtagInit:
      return "jtag reset";
    case ToFpga::kJtagScaler:
      return "jtag clock divider " + std::to_string(fields::jtag_scaler::kDivider.get(word));
    case ToFpga::kJtagIns:
      return "jtag instruction " + hex(fields::jtag_ins::kInstruction.get(word), 2);
    case ToFpga::kJtagData:
      return "jtag shift of " + std::to_string(fields::jtag_data::kNumBits.get(word)) + " bits " +
             hex(fields::jtag_data::kData.get(word), 1) +
             (is_kept_jtag(word) ? ", answer kept" : "");
    case ToFpga::kTimingSetup:
      return "timer setup";
    case ToFpga::kTimingWaitUntil:
      return "wait until " + std::to_string(fields::timing_wait_until::kTime.get(word));
    case ToFpga::kTimingSystimeInit:
      return word == ut::systime_init(true) ? "systime synchronisation" : "systime message";
    case ToFpga::kTimingBarrier:
      return barrier_text(word);
    case ToFpga::kTimingPollingOmnibusBlock:
      return word == ut::polling_block(true) ? "poll until equal" : "poll until different";
    case ToFpga::kSystemReset:
      return word == ut::chip_reset(true) ? "chip reset on" : "chip reset off";
    case ToFpga::kSystemLoopback:
      return is_tick(word) ? "tick" : "halt";
    case ToFpga::kOmnibusAddress:
      return omnibus_address_text(word);
    case ToFpga::kOmnibusData:
      return "data " + hex(fields::omnibus_data::kData.get(word), 8);
    case ToFpga::kSpikePack1:
      return events_text(word, 1);
    case ToFpga::kSpikePack2:
      return events_text(word, 2);
    case ToFpga::kSpikePack3:
      return events_text(word, 3);
  }
  return "unknown " + hex(word, 16);
}

// Whether the container can be reached, for an error with names instead of a contract.
Result<void> check_access(reg::ContainerInfo const& container, std::uint32_t number, reg::Via via,
                          std::size_t words, char const* what) {
  std::string const name(container.name);
  if (number >= container.coordinate.size) {
    return Error{.code = ErrorCode::kOutOfRange,
                 .message = "there is no " + name + "[" + std::to_string(number) + "]",
                 .hint = "numbers are 0.." + std::to_string(container.coordinate.size - 1)};
  }
  if (!container.reachable_by(via)) {
    std::string hint = name + " is reached by";
    for (reg::Via const known : container.via) hint += " " + std::string(reg::info(known).name);
    return Error{.code = ErrorCode::kUnsupported,
                 .message = std::string(reg::info(via).name) + " does not lead to " + name,
                 .hint = std::move(hint)};
  }
  if (words == 0) {
    return Error{.code = ErrorCode::kUnsupported, .message = name + " has nothing to " + what};
  }
  return {};
}

}  // namespace

void Program::write_all(std::span<std::uint32_t const> addresses,
                        std::span<std::uint32_t const> data) {
  HX_CHECK(addresses.size() == data.size())
      << addresses.size() << " addresses for " << data.size() << " words";
  std::size_t const old_size = words_.size();
  words_.reserve(old_size + 2 * data.size());
  words_.set_size(old_size + 2 * data.size());
  std::uint64_t* out = words_.data() + old_size;
  for (std::size_t i = 0; i < data.size(); ++i) {
    *out++ = ut::omnibus_write_address(addresses[i]);
    *out++ = ut::omnibus_data(data[i]);
  }
}

Ticket Program::read_all(std::span<std::uint32_t const> addresses) {
  Ticket const first{Ticket::Kind::kRead, reads_};
  reserve(addresses.size());
  for (std::uint32_t const address : addresses) read(address);
  return first;
}

void Program::refuse_wait(FpgaCycles time) {
  HX_CHECK(false) << "wait until cycle " << time.count();
  std::abort();
}

void Program::refuse_events(std::size_t count) {
  HX_CHECK(false) << count << " events in one instruction";
  std::abort();
}

void Program::apply(reg::Operation const& operation) {
  switch (operation.kind) {
    case reg::OperationKind::kJtagInstruction:
      append(ut::jtag_instruction(static_cast<std::uint8_t>(operation.data)));
      return;
    case reg::OperationKind::kJtagData:
      append(jtag_word(operation.bits, operation.data, operation.answered));
      if (operation.answered) ++jtag_;
      return;
    case reg::OperationKind::kOmnibusWrite:
      write(operation.address, static_cast<std::uint32_t>(operation.data), operation.enables);
      return;
    case reg::OperationKind::kOmnibusRead:
      read(operation.address);
      return;
    case reg::OperationKind::kMessage:
      append(ut::to_fpga_word(operation.message,
                              operation.data & ut::bit_mask(ut::payload_bits(operation.message))));
      if (is_tick(words_.back())) ++ticks_;
      return;
  }
}

namespace {

// The operations of all words, or the first refusal.
Result<std::vector<reg::Operation>> write_steps(reg::ContainerInfo const& container,
                                                std::uint32_t number,
                                                std::span<std::uint64_t const> words,
                                                reg::Via via) {
  std::vector<reg::Operation> steps;
  std::size_t next = 0;
  for (std::size_t k = 0; k < container.words.size(); ++k) {
    if (!container.words[k].writable) continue;
    std::uint8_t const enables = container.byte_enables.empty()
                                     ? std::uint8_t{0xf}
                                     : reg::byte_enables(container, number, k);
    auto operations =
        reg::write_operations(via, reg::locate(container, number, k, via), words[next++], enables);
    if (!operations) return std::move(operations).error();
    steps.insert(steps.end(), operations->begin(), operations->end());
  }
  return steps;
}

}  // namespace

Result<void> Program::write_container(reg::ContainerInfo const& container, std::uint32_t number,
                                      std::span<std::uint64_t const> words, reg::Via via) {
  if (auto ok = check_access(container, number, via, container.write_words(), "write"); !ok) {
    return ok;
  }
  if (words.size() != container.write_words()) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = std::string(container.name) + " is written with " +
                            std::to_string(container.write_words()) +
                            " words, given: " + std::to_string(words.size())};
  }
  auto steps = write_steps(container, number, words, via);
  if (!steps) return std::move(steps).error();
  for (reg::Operation const& step : *steps) apply(step);
  return {};
}

Result<Ticket> Program::read_container(reg::ContainerInfo const& container, std::uint32_t number,
                                       reg::Via via) {
  if (auto ok = check_access(container, number, via, container.read_words(), "read"); !ok) {
    return std::move(ok).error();
  }
  std::vector<reg::Operation> steps;
  for (std::uint32_t const location : reg::read_locations(container, number, via)) {
    auto operations = reg::read_operations(via, location);
    if (!operations) return std::move(operations).error();
    steps.insert(steps.end(), operations->begin(), operations->end());
  }
  Ticket first{Ticket::Kind::kRead, reads_};
  for (reg::Operation const& step : steps) {
    if (!step.answered) continue;
    if (step.kind == reg::OperationKind::kJtagData) first = {Ticket::Kind::kJtag, jtag_};
    if (step.kind == reg::OperationKind::kMessage) first = {Ticket::Kind::kTick, ticks_};
  }
  for (reg::Operation const& step : steps) apply(step);
  return first;
}

void Program::jtag_write(std::uint32_t address, std::uint32_t data) {
  auto const operations = reg::write_operations(reg::Via::kOmnibusChipOverJTAG, address, data);
  HX_CHECK(operations) << operations.error().text();
  for (reg::Operation const& operation : *operations) apply(operation);
}

Ticket Program::jtag_read(std::uint32_t address) {
  Ticket const ticket{Ticket::Kind::kJtag, jtag_};
  auto const operations = reg::read_operations(reg::Via::kOmnibusChipOverJTAG, address);
  HX_CHECK(operations) << operations.error().text();
  for (reg::Operation const& operation : *operations) apply(operation);
  return ticket;
}

std::size_t Program::instruction_of(Ticket ticket) const {
  std::uint32_t left = ticket.index;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (!is_answered(words_.data()[i], ticket.kind)) continue;
    if (left-- == 0) return i;
  }
  HX_CHECK(false) << "a ticket of another program: number " << ticket.index;
  return words_.size();
}

std::string Program::describe(std::size_t instruction) const {
  std::string const number = "#" + std::to_string(instruction) + " ";
  if (instruction == words_.size()) return number + "halt at the end of the program";
  if (instruction > words_.size()) {
    return number + "beyond the program of " + std::to_string(words_.size()) + " instructions";
  }
  std::uint64_t const word = words_[instruction];
  std::string text = number + text_of(word);
  bool const is_data = code_of(word) == ToFpga::kOmnibusData;
  if (is_data && instruction > 0 && is_write_address(words_[instruction - 1])) {
    text += " of #" + std::to_string(instruction - 1) + " " + text_of(words_[instruction - 1]);
  }
  return text;
}

std::string Program::listing(std::size_t first, std::size_t count) const {
  std::size_t const end = first + std::min(count, words_.size() - std::min(first, words_.size()));
  std::string text;
  for (std::size_t i = first; i < end; ++i) {
    text += "#" + std::to_string(i) + " " + text_of(words_[i]);
    bool const has_data = i + 1 < end && is_write_address(words_[i]) &&
                          code_of(words_[i + 1]) == ToFpga::kOmnibusData;
    if (has_data) text += " = " + hex(fields::omnibus_data::kData.get(words_[++i]), 8);
    text += "\n";
  }
  return text;
}

void Program::append(Program const& other) {
  // By index: `other` may be this very program.
  std::size_t const count = other.words_.size();
  words_.reserve(words_.size() + count);
  for (std::size_t i = 0; i < count; ++i) words_.push_back(other.words_.data()[i]);
  reads_ += other.reads_;
  ticks_ += other.ticks_;
  jtag_ += other.jtag_;
}

Result<void> Program::append_words(std::span<std::uint64_t const> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    bool const known =
        words[i] >> (ut::spec::kPhyWordBits - ut::spec::kHeaderBits) < ut::kToFpgaCount;
    if (known && words[i] != ut::halt()) continue;
    return Error{.code = ErrorCode::kParse,
                 .message = "word " + std::to_string(i) + " (" + hex(words[i], 16) + ") is " +
                            (known ? "a halt" : "no instruction"),
                 .hint = known ? "leave the halt out: each run adds its own" : ""};
  }
  words_.append(words);
  for (std::uint64_t const word : words) {
    reads_ += is_read(word);
    ticks_ += is_tick(word);
    jtag_ += is_kept_jtag(word);
  }
  return {};
}

void Program::clear() {
  words_.clear();
  reads_ = 0;
  ticks_ = 0;
  jtag_ = 0;
}

}  // namespace hx
