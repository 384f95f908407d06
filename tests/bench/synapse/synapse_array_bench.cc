// Clocks per second of one synapse array and of the crossbar, and what of it an empty Verilated model takes.
//
// Array arguments: layout and events per bus in 1/1000 per clock. Layout 0: dense, one source per driver, two rows (excitatory,
// inhibitory) per event. Layout 1: all drivers have mask 0, so that each event touches the 64 rows of its bus, labels random.
// Crossbar argument: events per L2 input in 1/1000 per clock; after reset each one goes to nine outputs.

#include <benchmark/benchmark.h>
#include <verilated.h>

#include <cstdint>
#include <ctime>
#include <memory>

#include "Varray_full.h"
#include "Vhx_counter.h"
#include "Vhx_crossbar.h"

namespace {

constexpr unsigned kClocks = 20000;

// Fast and always the same.
class Random {
 public:
  std::uint32_t operator()() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  bool per_mille(unsigned n) { return operator()() % 1000 < n; }

 private:
  std::uint32_t state_ = 12345;
};

template <class Model>
class Clocked {
 public:
  Clocked() : model_(new Model(&context_)) {}
  ~Clocked() { model_->final(); }
  Model* operator->() { return model_.get(); }
  void edge() {
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

// Clocks per second of the empty model in this run.
double counter_rate() {
  static double const rate = [] {
    constexpr unsigned kBaseline = 3'000'000;
    Clocked<Vhx_counter> model;
    std::clock_t const begin = std::clock();  // CPU time, as the benchmarks
    for (unsigned i = 0; i < kBaseline; ++i) model.edge();
    return kBaseline * static_cast<double>(CLOCKS_PER_SEC) /
           static_cast<double>(std::clock() - begin);
  }();
  return rate;
}

void count(benchmark::State& state) {
  auto const clocks = static_cast<std::int64_t>(state.iterations()) * kClocks;
  state.SetItemsProcessed(clocks);
  state.counters["of_counter"] =
      benchmark::Counter(static_cast<double>(clocks) / counter_rate(), benchmark::Counter::kIsRate);
}

void counter(benchmark::State& state) {
  Clocked<Vhx_counter> model;
  for (auto _ : state) {
    for (unsigned i = 0; i < kClocks; ++i) model.edge();
  }
  count(state);
}
BENCHMARK(counter);

class Array {
 public:
  explicit Array(unsigned layout) : layout_(layout) {
    model_->rst_ni = 0;
    model_.edge();
    model_.edge();
    model_->rst_ni = 1;
    for (unsigned row = 0; row < 516; ++row) {
      for (unsigned quad = 0; quad < 64; ++quad) write(row, quad);
    }
    model_->mem_en_i = 0;
    for (unsigned driver = 0; driver < 128; ++driver) {
      write_driver(driver, 0, layout == 0 ? 0xbe00 : 0x8000);
      write_driver(driver, 1, 0x90);
    }
    model_->drv_we_i = 0;
  }

  void clock(unsigned per_mille) {
    unsigned valid = 0;
    std::uint64_t labels = 0;
    for (unsigned b = 0; per_mille != 0 && b < 4; ++b) {
      if (!random_.per_mille(per_mille)) continue;
      std::uint64_t const label = layout_ == 0 ? (random_() % 32) << 6 | 5 : random_() % 64;
      valid |= 1u << b;
      labels |= label << (11 * b);
    }
    model_->ev_valid_i = static_cast<CData>(valid);
    if (valid != 0) model_->ev_label_i = labels;
    step();
  }

 private:
  void step() {
    model_->slot_i = static_cast<CData>(slot_);
    model_->step_last_i = slot_ == 15;
    slot_ = (slot_ + 1) % 16;
    model_.edge();
  }
  void write(unsigned row, unsigned quad) {
    model_->mem_en_i = 1;
    model_->mem_we_i = 1;
    model_->mem_row_i = static_cast<SData>(row);
    model_->mem_quad_i = static_cast<CData>(quad);
    model_->mem_wmask_i = 0xffffffff;
    bool const label = row < 512 && row % 2 == 1;
    model_->mem_wdata_i = row >= 512 ? 0xc0c0c0c0 : label && layout_ == 0 ? 0x05050505 : random_();
    step();
  }
  void write_driver(unsigned driver, unsigned word, unsigned data) {
    model_->drv_we_i = 1;
    model_->drv_index_i = static_cast<CData>(driver);
    model_->drv_word_i = static_cast<CData>(word);
    model_->drv_wdata_i = static_cast<SData>(data);
    step();
  }

  Clocked<Varray_full> model_;
  unsigned layout_;
  unsigned slot_ = 0;
  Random random_;
};

void array(benchmark::State& state) {
  Array array(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) {
    for (unsigned i = 0; i < kClocks; ++i) array.clock(static_cast<unsigned>(state.range(1)));
  }
  count(state);
}
BENCHMARK(array)->ArgsProduct({{0, 1}, {0, 1, 100, 1000}});

void crossbar(benchmark::State& state) {
  Clocked<Vhx_crossbar> model;
  model->rst_ni = 0;
  model.edge();
  model.edge();
  model->rst_ni = 1;
  model->enable_spl1_i = 0xff;
  model->out_ready_i = 0xfff;
  Random random;
  for (auto _ : state) {
    for (unsigned i = 0; i < kClocks; ++i) {
      unsigned valid = 0;
      for (unsigned k = 8; state.range(0) != 0 && k < 12; ++k) {
        if (random.per_mille(static_cast<unsigned>(state.range(0)))) valid |= 1u << k;
      }
      model->in_valid_i = valid;
      model.edge();
    }
  }
  count(state);
}
BENCHMARK(crossbar)->Arg(0)->Arg(1)->Arg(25)->Arg(250);

}  // namespace

BENCHMARK_MAIN();
