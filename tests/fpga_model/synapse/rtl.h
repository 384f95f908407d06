#ifndef TESTS_FPGA_MODEL_SYNAPSE_RTL_H_
#define TESTS_FPGA_MODEL_SYNAPSE_RTL_H_

// Drives a Verilated hx_synapse_array with the inputs of the reference.

#include <verilated.h>

#include <cstdint>
#include <memory>

#include "tests/fpga_model/synapse/reference.h"

namespace hx::test {

// Bits of a port, whatever type Verilator chose for its width.
template <std::size_t N>
unsigned bits(VlWide<N> const& port, unsigned lsb, unsigned width) {
  unsigned value = 0;
  for (unsigned i = 0; i < width; ++i) {
    value |= (port.at((lsb + i) / 32) >> ((lsb + i) % 32) & 1u) << i;
  }
  return value;
}

inline unsigned bits(std::uint64_t port, unsigned lsb, unsigned width) {
  return static_cast<unsigned>(port >> lsb & ((1ull << width) - 1));
}

template <class Model>
class SynapseArrayRtl {
 public:
  explicit SynapseArrayRtl(unsigned lanes) : lanes_(lanes), model_(new Model(&context_)) {
    model_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) edge();
    model_->rst_ni = 1;
  }
  ~SynapseArrayRtl() { model_->final(); }

  // Outputs of the clock and its effects; `read` is the word that the port shows, in every clock.
  SynapseArrayOutputs clock(SynapseArrayInputs const& inputs, unsigned slot, bool last) {
    drive(inputs);
    model_->slot_i = static_cast<CData>(slot);
    model_->step_last_i = last;
    model_->clk_i = 0;
    model_->eval();
    SynapseArrayOutputs const out = sample();
    model_->clk_i = 1;
    model_->eval();
    return out;
  }

  Model& model() { return *model_; }

 private:
  void edge() {
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }

  void drive(SynapseArrayInputs const& inputs) {
    model_->mem_en_i = inputs.memory.has_value();
    if (inputs.memory) {
      model_->mem_we_i = inputs.memory->write;
      model_->mem_row_i = static_cast<SData>(inputs.memory->row);
      model_->mem_quad_i = static_cast<CData>(inputs.memory->quad);
      model_->mem_wmask_i = inputs.memory->mask;
      model_->mem_wdata_i = inputs.memory->data;
    }
    model_->drv_we_i = inputs.driver.has_value();
    if (inputs.driver) {
      model_->drv_index_i = static_cast<CData>(inputs.driver->index);
      model_->drv_word_i = static_cast<CData>(inputs.driver->word);
      model_->drv_wdata_i = inputs.driver->data;
    }
    model_->cell_we_i = static_cast<CData>(inputs.cell ? inputs.cell->bytes : 0);
    if (inputs.cell) {
      model_->cell_index_i = static_cast<CData>(inputs.cell->index);
      model_->cell_wdata_i = static_cast<SData>(inputs.cell->data);
    }
    model_->recovery_i = static_cast<CData>(inputs.recovery);
    model_->ev_valid_i = 0;
    model_->ev_label_i = 0;
    model_->ev_ext_i = 0;
    for (unsigned b = 0; b < 4; ++b) {
      if (!inputs.events[b]) continue;
      model_->ev_valid_i = static_cast<CData>(model_->ev_valid_i | 1u << b);
      model_->ev_label_i |= static_cast<QData>(inputs.events[b]->label) << (11 * b);
      model_->ev_ext_i =
          static_cast<SData>(model_->ev_ext_i | inputs.events[b]->extension << (4 * b));
    }
  }

  SynapseArrayOutputs sample() {
    SynapseArrayOutputs out;
    for (unsigned b = 0; b < 4; ++b) {
      out.ready[b] = bits(model_->ev_valid_i & model_->ev_ready_o, b, 1) != 0;
    }
    out.any = model_->charge_any_o;
    out.read = model_->mem_rdata_o;
    for (unsigned lane = 0; lane < lanes_; ++lane) {
      out.charge[0].push_back(out.any ? bits(model_->charge_exc_o, 12 * lane, 12) : 0);
      out.charge[1].push_back(out.any ? bits(model_->charge_inh_o, 12 * lane, 12) : 0);
      out.bypass[0].push_back(out.any && bits(model_->bypass_exc_o, lane, 1) != 0);
      out.bypass[1].push_back(out.any && bits(model_->bypass_inh_o, lane, 1) != 0);
    }
    return out;
  }

  unsigned lanes_;
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

}  // namespace hx::test

#endif  // TESTS_FPGA_MODEL_SYNAPSE_RTL_H_
