/// The Model on a class that Verilator made from hx_sim.sv. A template, because the full system, the one with waves and those of the
/// tests are different classes with the same members.
///
/// Speed decides the form: a tight loop over clocks without handshakes; words go in and out through the memories of the model.
#pragma once

#include <verilated.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "driver/base/check.h"
#include "sim/model/model.h"

namespace hx::sim {

/// Members of the Verilated class by short names.
#define HX_SIM_MEMBER(name, path)            \
  auto& name() {                             \
    return top_->rootp->hx_sim__DOT__##path; \
  }                                          \
  auto const& name() const {                 \
    return top_->rootp->hx_sim__DOT__##path; \
  }

/// `Top` is the class that Verilator wrote. `Settle` is its function that computes everything that
/// depends on registers (Verilator calls it once, before the first clock), `Eval` the one that looks
/// for clock edges and acts on them. Both are written by Verilator 5.006, but declared in none of
/// its headers. `Waves`: both edges are computed by the ordinary way, and after_edge is called.
template <typename Top, auto Settle, auto Eval, bool Waves = false>
class VerilatedModel : public Model {
 public:
  explicit VerilatedModel(SystemOptions const& options = {})
      : context_(std::make_unique<VerilatedContext>()) {
    context_->threads(1);  // one thread per simulation: no pool of idle workers
    context_->traceEverOn(Waves);
    top_ = std::make_unique<Top>(context_.get());
    top_->link_strap_i = options.link_up;
    power_on();
  }
  ~VerilatedModel() override {
    enter();
    top_->final();
    top_.reset();
  }

  std::size_t fill(std::span<std::uint64_t const> words) override {
    std::size_t const count = std::min(words.size(), capacity() - filled());
    for (std::size_t i = 0; i < count; ++i) {
      if (is_halt(words[i])) {
        constexpr std::size_t kHalts = 16;
        HX_CHECK(((halt_write() - halt_read()) & (2 * kHalts - 1)) < kHalts) << "too many halts";
        halt_memory()[halt_write() % kHalts] = write_pointer();
        halt_write() = static_cast<CData>((halt_write() + 1U) & (2 * kHalts - 1));
      }
      memory()[write_pointer() & (capacity() - 1)] = words[i];
      write_pointer() = static_cast<IData>((write_pointer() + 1U) & (2 * capacity() - 1));
    }
    start();
    return count;
  }

  [[nodiscard]] std::size_t filled() const override {
    return (write_pointer() - read_pointer()) & (2 * capacity() - 1);
  }
  [[nodiscard]] std::size_t capacity() const override { return std::size(memory().m_storage); }

  Ran run(std::uint64_t clocks) override {
    enter();
    Ran ran;
    // At most one word leaves per clock: as many clocks as the output memory has room for.
    std::uint64_t const room = std::size(out_memory().m_storage) - (out_count() - taken_);
    for (std::uint64_t left = std::min(clocks, room); left != 0; --left) {
      clock();
      ++ran.clocks;
      if (run_end()) {
        ran.run_ended = true;
        break;
      }
    }
    return ran;
  }

  void take(std::vector<std::uint64_t>& words) override {
    for (; taken_ != out_count(); ++taken_) {
      words.push_back(out_memory()[taken_ & (std::size(out_memory().m_storage) - 1)]);
    }
  }

  [[nodiscard]] bool is_discarding() const override { return discarding() != 0; }
  void feed(std::uint64_t word) override {
    top_->ut_valid_i = 1;
    top_->ut_word_i = word;
    clock();
    top_->ut_valid_i = 0;
  }
  void abort() override {
    top_->abort_i = 1;
    clock();
    top_->abort_i = 0;
  }

  [[nodiscard]] std::uint64_t packs_dropped() const override { return dropped(); }
  [[nodiscard]] std::uint64_t labels_lost() const override { return lost(); }
  [[nodiscard]] std::uint64_t clocks() const override { return clocks_; }
  [[nodiscard]] std::string describe() const override {
    return "sim: FPGA and chip as Verilated RTL in this process";
  }

 protected:
  /// Around every clock; the traced model records here.
  virtual void after_edge(bool /*rising*/) {}

  Top& top() { return *top_; }

 private:
  HX_SIM_MEMBER(memory, u_top__DOT__u_fpga__DOT__u_playback__DOT__mem_q)
  HX_SIM_MEMBER(write_pointer, u_top__DOT__u_fpga__DOT__u_playback__DOT__wptr_q)
  HX_SIM_MEMBER(read_pointer, u_top__DOT__u_fpga__DOT__u_playback__DOT__rptr_q)
  HX_SIM_MEMBER(halt_memory, u_top__DOT__u_fpga__DOT__u_playback__DOT__halt_mem_q)
  HX_SIM_MEMBER(halt_write, u_top__DOT__u_fpga__DOT__u_playback__DOT__halt_wptr_q)
  HX_SIM_MEMBER(halt_read, u_top__DOT__u_fpga__DOT__u_playback__DOT__halt_rptr_q)
  HX_SIM_MEMBER(word, u_top__DOT__u_fpga__DOT__u_playback__DOT__word_q)
  HX_SIM_MEMBER(word_valid, u_top__DOT__u_fpga__DOT__u_playback__DOT__word_valid_q)
  HX_SIM_MEMBER(running, u_top__DOT__u_fpga__DOT__u_playback__DOT__running_q)
  HX_SIM_MEMBER(discarding, u_top__DOT__u_fpga__DOT__u_playback__DOT__discarding_q)
  HX_SIM_MEMBER(dropped, u_top__DOT__u_fpga__DOT__u_trace__DOT__dropped_q)
  HX_SIM_MEMBER(lost, u_top__DOT__u_link__DOT__lost_q)
  HX_SIM_MEMBER(out_memory, out_mem_q)
  HX_SIM_MEMBER(out_count, out_count_q)
  HX_SIM_MEMBER(run_end, run_end_q)

  static bool is_halt(std::uint64_t word) { return word >> 56 == 0x0a && (word & 1) == 0; }

  /// Verilator's library looks up the context of a thread where it has no other way, also while a model is destroyed: with several
  /// models in one thread it would be that of the model made last.
  void enter() { Verilated::threadContextp(context_.get()); }

  void power_on() {
    top_->rst_ni = 0;
    top_->abort_i = 0;
    top_->ut_valid_i = 0;
    top_->ut_word_i = 0;
    top_->clk_i = 0;
    top_->eval();
    // One clock for the reset to get in, one for its effect, one for it to get out.
    clock();
    clock();
    top_->rst_ni = 1;
    clock();
    clocks_ = 0;
  }

  /// The first instruction executes in the next clock: puts it where the playback memory would have
  /// it, and has the model compute what depends on it.
  void start() {
    if (word_valid() || filled() == 0) return;
    bool const full = filled() == capacity();
    if (halt_write() == halt_read() && !full && !running()) return;
    if (full) running() = 1;
    word() = memory()[read_pointer() & (capacity() - 1)];
    word_valid() = 1;
    Settle(top_->rootp);
  }

  void clock() {
    if constexpr (Waves) {
      top_->clk_i = 1;
      top_->eval();
      after_edge(true);
      top_->clk_i = 0;
      top_->eval();
      after_edge(false);
    } else {
      // The clock stays high. Forgetting that it was high makes the next evaluation see a rising
      // edge: nothing happens at falling ones, and half of the evaluations are saved.
      top_->clk_i = 1;
      top_->rootp->__Vtrigrprev__TOP__clk_i = 0;
      Eval(top_->rootp);
    }
    ++clocks_;
  }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Top> top_;
  std::uint32_t taken_ = 0;  // words taken out of out_memory
  std::uint64_t clocks_ = 0;
};

#undef HX_SIM_MEMBER

}  // namespace hx::sim
