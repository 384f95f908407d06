// The small chip as Yosys understood it (forms for synthesis, flattened netlist) against its source in the forms for simulation: the
// same random traffic into both, all outputs compared in every clock.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "Vchip_netlist.h"
#include "Vchip_port.h"
#include "driver/registers/description.h"
#include "tests/fpga_model/chip/chip_harness.h"
#include "tests/fpga_model/chip/chip_setup.h"

namespace hx::test {
namespace {

unsigned seed() {
  static unsigned const value = [] {
    char const* const text = std::getenv("HX_TEST_SEED");
    unsigned const s = text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
    std::printf("HX_TEST_SEED=%u\n", s);
    return s;
  }();
  return value;
}

struct Outputs {
  unsigned ready, done, rdata, ev_ready, pack_valid, pack_count;
  std::uint64_t pack_low, pack_high, base, time;
  bool operator==(Outputs const&) const = default;
};

struct Inputs {
  bool chip_rst = false, ob_valid = false, we = false, ev_valid = false, pack_ready = true,
       sync = false;
  std::uint32_t address = 0, data = 0;
  unsigned enables = 15, label = 0;
};

template <class Model>
class Side {
 public:
  Side() : model_(std::make_unique<Model>(&context_)) {
    for (int i = 0; i < 3; ++i) clock({});
    model_->rst_ni = 1;
  }
  ~Side() { model_->final(); }

  Outputs clock(Inputs const& in) {
    model_->chip_rst_i = in.chip_rst;
    model_->ob_valid_i = in.ob_valid;
    model_->ob_we_i = in.we;
    model_->ob_addr_i = in.address;
    model_->ob_wdata_i = in.data;
    model_->ob_be_i = static_cast<CData>(in.enables);
    model_->ev_valid_i = in.ev_valid;
    model_->ev_label_i = static_cast<SData>(in.label);
    model_->pack_ready_i = in.pack_ready;
    model_->sync_load_i = in.sync;
    model_->clk_i = 0;
    model_->eval();
    Outputs out{};
    out.ready = model_->ob_ready_o;
    out.done = model_->ob_done_o;
    out.rdata = out.done ? model_->ob_rdata_o : 0;
    out.ev_ready = model_->ev_ready_o;
    out.pack_valid = model_->pack_valid_o;
    if (out.pack_valid) {
      out.pack_count = model_->pack_count_o;
      out.pack_low = model_->pack_data_o.at(0) | std::uint64_t{model_->pack_data_o.at(1)} << 32;
      out.pack_high = model_->pack_data_o.at(2);
    }
    out.base = model_->sync_base_o;
    out.time = model_->chip_time_o;
    model_->clk_i = 1;
    model_->eval();
    return out;
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

// Random accesses: sensible ones often enough that the chip is busy, any address now and then.
class Traffic {
 public:
  explicit Traffic(unsigned s) : random_(s) {
    for (auto const& c : reg::containers()) {
      if (c.address.exists && c.address.base < 0x80000000u && c.reachable_by(reg::Via::kOmnibus))
        containers_.push_back(&c);
    }
  }

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  // Setting up: circuits, drivers, synapses, switches.
  std::vector<Inputs> setup() {
    std::vector<Inputs> out;
    auto write = [&](std::uint32_t address, std::uint32_t data) {
      out.push_back(access(true, address, data));
    };
    for (unsigned row = 0; row < 2; ++row) {
      for (unsigned column = 0; column < 32; ++column) {
        for (unsigned word = 0; word < 4; ++word)
          write(backend_config(row, column, word), word == 3 ? 0x10 : random_() & 0xff);
        for (unsigned word = 2; word < 8; ++word)
          write(neuron_config(row, column, word), neuron_word(word));
        for (unsigned cell = 0; cell < 24; ++cell) write(capmem(row, column, cell), below(1023));
        write(capmem(row, column, 0), 200 + below(300));
        write(capmem(row, column, 2), 150 + below(200));
      }
      write(0x00140000u + row * 0x10000u + 128 * 32 + 8, 600);
      for (unsigned driver = 0; driver < 8; ++driver) {
        for (unsigned word = 0; word < 3; ++word)
          write(driver_config(row, driver, word), driver_word(word));
      }
      for (unsigned r = 0; r < 32; ++r) {
        for (unsigned quad : {0u, 1u, 2u, 3u, 32u, 33u, 34u, 35u}) {
          write(synapse_raw(row, r, quad),
                r % 2 ? random_() & 0x03030303u : static_cast<std::uint32_t>(random_()));
        }
      }
      for (unsigned quad : {0u, 1u, 2u, 3u, 32u, 33u, 34u, 35u}) {
        for (unsigned r = 512; r < 516; ++r)
          write(synapse_raw(row, r, quad), static_cast<std::uint32_t>(random_() | 0x40404040u));
      }
      write(padi_config(row), 0x0000000fu | static_cast<std::uint32_t>(random_() & 0xfff00000u));
      write(cadc_config(row), 0x00014641);
    }
    return out;
  }

  Inputs any() {
    std::uint32_t const data = static_cast<std::uint32_t>(random_());
    switch (below(16)) {
      case 0:
        return access(true, neuron_reset(below(2), below(40)), data);
      case 1:
        return access(true, neuron_reset_quad(below(2), below(2) * 32 + below(5)), data);
      case 2:
        return access(true, padi_event(below(2)), (data & 0x003f000fu) | below(2) << 22);
      case 3:
        return access(true, node(below(76)),
                      below(4) == 0 ? data & 0x803f003fu : 0x80000000u * (data & 1));
      case 4:
        return access(true, 0x00130001u + below(24), below(3) == 0 ? data & 0x003f0003u : data);
      case 5:
        return access(below(4) == 0, spike_count(below(2), below(40)) + 0x400u * below(2), data);
      case 6:
        return access(false, cadc_trigger(below(2), below(2), below(64)), 0);
      case 7:
        return access(false, cadc_buffered(below(2), below(2), below(2) * 32 + below(6)), 0);
      case 8:
        return access(true, common_backend(below(2)),
                      below(3) == 0 ? data : 0xf005u | (data & 0xff0u));
      case 9:
        return access(true, neuron_config(below(2), below(40), 2 + below(6)),
                      neuron_word(2 + below(6)));
      case 10:
        return access(true, driver_config(below(2), below(9), below(4)), driver_word(below(3)));
      case 11:
        return access(true, synapse_raw(below(2), below(2) ? below(40) : 510 + below(7), below(64)),
                      data, below(16));
      case 12:
        return access(true, padi_config(below(2)), data | (below(4) ? 0xfu : 0u));
      case 13:
        return access(true, 0x00130000u + (below(2) ? 0 : 0x65 + below(32)), data);
      default: {
        auto const& c = *containers_[below(static_cast<unsigned>(containers_.size()))];
        std::uint32_t const address =
            reg::locate(c, below(c.coordinate.size), below(static_cast<unsigned>(c.words.size())),
                        reg::Via::kOmnibus);
        bool const write =
            below(4) == 0 && c.name != "CADCConfig" && c.name != "CommonCorrelationConfig";
        return access(write, address + (below(8) == 0 ? below(8) : 0), data,
                      below(4) ? 15 : below(16));
      }
    }
  }

  unsigned label() {
    return below(4) << 14 | below(2) << 13 | below(8) << 6 | (below(3) ? below(4) : below(64));
  }

 private:
  static Inputs access(bool write, std::uint32_t address, std::uint32_t data,
                       unsigned enables = 15) {
    Inputs in;
    in.ob_valid = true;
    in.we = write;
    in.address = address;
    in.data = data;
    in.enables = enables;
    return in;
  }
  std::uint32_t neuron_word(unsigned word) {
    std::uint32_t const data = static_cast<std::uint32_t>(random_() & 0xff);
    return word == 6 ? data | 0x3c : word == 7 ? data & 0x80 : word == 3 ? data | 0x10 : data;
  }
  std::uint32_t driver_word(unsigned word) {
    std::uint32_t const data = static_cast<std::uint32_t>(random_() & 0xffff);
    return word == 0 ? data | 0x8000 : data;
  }

  std::mt19937 random_;
  std::vector<reg::ContainerInfo const*> containers_;
};

TEST(ChipNetlist, AgreesWithTheSourceInEveryClock) {
  Side<Vchip_port> source;
  Side<Vchip_netlist> netlist;
  Traffic traffic(seed());
  std::vector<Inputs> pending = traffic.setup();
  std::size_t next = 0;
  std::size_t packs = 0, completions = 0;
  unsigned reset = 0;
  for (unsigned t = 0; t < 60000; ++t) {
    if (next == pending.size() && t > 40000 && traffic.below(4) == 0) {
      pending = {traffic.any()};
      next = 0;
    }
    Inputs in = next < pending.size() ? pending[next] : Inputs{};
    if (t > 40000 && traffic.below(4000) == 0) reset = 1 + traffic.below(5);
    in.chip_rst = reset != 0;
    if (reset != 0) --reset;
    in.ev_valid = t > 36000 && traffic.below(3) == 0;
    in.label = traffic.label();
    in.pack_ready = traffic.below(16) != 0;
    in.sync = traffic.below(1000) == 0;
    Outputs const a = source.clock(in), b = netlist.clock(in);
    ASSERT_EQ(a.ready, b.ready) << "clock " << t;
    ASSERT_EQ(a.done, b.done) << "clock " << t;
    ASSERT_EQ(a.rdata, b.rdata) << "clock " << t;
    ASSERT_EQ(a.ev_ready, b.ev_ready) << "clock " << t;
    ASSERT_EQ(a.pack_valid, b.pack_valid) << "clock " << t;
    ASSERT_TRUE(a == b) << "clock " << t;
    if (in.ob_valid && a.ready) ++next;
    packs += a.pack_valid;
    completions += a.done;
  }
  EXPECT_GT(packs, 2000u);
  EXPECT_GT(completions, 4000u);
}

}  // namespace
}  // namespace hx::test
