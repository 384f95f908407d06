#ifndef TESTS_FPGA_MODEL_CHIP_CHIP_HARNESS_H_
#define TESTS_FPGA_MODEL_CHIP_CHIP_HARNESS_H_

// Drives the ports of a Verilated hx_chip. Clocks are counted from power-on: clock 0 is the first one with rst_ni high.

#include <verilated.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace hx::test {

struct ChipEvent {
  std::uint64_t clock;  // stamp clock
  unsigned stamp;
  unsigned label;
  bool operator==(ChipEvent const&) const = default;
};

template <class Model>
class Chip {
 public:
  explicit Chip(unsigned seed = 0) {
    context_.randReset(0);
    context_.randSeed(static_cast<int>(seed));
    model_ = std::make_unique<Model>(&context_);
    model_->pack_ready_i = 1;
    for (int i = 0; i < 3; ++i) edges();
    model_->rst_ni = 1;
  }
  ~Chip() { model_->final(); }

  struct Access {
    bool write;
    std::uint32_t address;
    std::uint32_t data;
    unsigned enables;
    std::uint64_t taken = 0;  // clock of the effect
    std::uint64_t done = 0;
    std::uint32_t answer = 0;
  };

  // One clock with the heads of the queues at the ports.
  void clock() {
    model_->ob_valid_i = next_ < accesses.size();
    if (next_ < accesses.size()) {
      Access const& a = accesses[next_];
      model_->ob_we_i = a.write;
      model_->ob_addr_i = a.address;
      model_->ob_wdata_i = a.data;
      model_->ob_be_i = static_cast<CData>(a.enables);
    }
    model_->ev_valid_i = !labels.empty();
    if (!labels.empty()) model_->ev_label_i = static_cast<SData>(labels.front());
    model_->clk_i = 0;
    model_->eval();
    bool const taken = model_->ob_valid_i && model_->ob_ready_o;
    if (taken) accesses[next_].taken = now;
    if (model_->ob_done_o) {
      accesses.at(done_).done = now;
      accesses.at(done_).answer = model_->ob_rdata_o;
      ++done_;
    }
    if (taken) ++next_;
    if (model_->ev_valid_i && model_->ev_ready_o) labels.pop_front();
    if (model_->pack_valid_o) take_pack();
    model_->clk_i = 1;
    model_->eval();
    ++now;
  }
  void run(std::uint64_t clocks) {
    for (std::uint64_t i = 0; i < clocks; ++i) clock();
  }

  // Queues an access; the result is its number in `accesses`.
  std::size_t post_write(std::uint32_t address, std::uint32_t data, unsigned enables = 15) {
    accesses.push_back({true, address, data, enables});
    return accesses.size() - 1;
  }
  std::size_t post_read(std::uint32_t address) {
    accesses.push_back({false, address, 0, 15});
    return accesses.size() - 1;
  }
  // Runs until everything queued has its effect and is completed.
  void finish() {
    std::uint64_t const limit = now + 10000 + 20 * accesses.size();
    while (done_ < accesses.size() && now < limit) clock();
  }
  bool finished() const { return done_ == accesses.size(); }

  // Writes and waits for the effect; the clock of the effect.
  std::uint64_t write(std::uint32_t address, std::uint32_t data, unsigned enables = 15) {
    std::size_t const number = post_write(address, data, enables);
    while (next_ <= number) clock();
    return accesses[number].taken;
  }
  std::uint32_t read(std::uint32_t address) {
    std::size_t const number = post_read(address);
    finish();
    return accesses[number].answer;
  }
  // Power-on like state of the digital part: the reset pin for some clocks.
  void pulse_reset(unsigned clocks = 4) {
    model_->chip_rst_i = 1;
    run(clocks);
    model_->chip_rst_i = 0;
  }

  Model& model() { return *model_; }

  std::uint64_t now = 0;
  std::vector<Access> accesses;
  std::deque<unsigned> labels;
  std::vector<ChipEvent> events;

 private:
  void edges() {
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }
  void take_pack() {
    unsigned const count = model_->pack_count_o;
    for (unsigned i = 0; i < count; ++i) {
      unsigned const lsb = 24 * (count - 1 - i);
      std::uint64_t const low = model_->pack_data_o.at(lsb / 32);
      std::uint64_t const high = lsb / 32 < 2 ? model_->pack_data_o.at(lsb / 32 + 1) : 0;
      auto const word = static_cast<unsigned>((low | high << 32) >> lsb % 32) & 0xffffffu;
      events.push_back({now, word >> 16, word & 0xffffu});
    }
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
};

}  // namespace hx::test

#endif  // TESTS_FPGA_MODEL_CHIP_CHIP_HARNESS_H_
