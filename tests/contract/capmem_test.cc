// CapMem cells that are written byte by byte, and what the code 1023 means for the neurons.
#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

class CapMem : public contract::Contract {
 protected:
  static constexpr AtomicNeuron kNeuron{77};
  static constexpr unsigned kWait = 20'000;

  static void cell(Program& program, reg::NeuronCell parameter, std::uint16_t value) {
    program.write(reg::cell(parameter, kNeuron), reg::CapMemCell{.value = value});
  }
  static std::uint32_t leak_address() {
    return write_addresses<reg::CapMemCell>(reg::cell(reg::NeuronCell::kVLeak, kNeuron))[0];
  }
  /// A neuron that fires by itself if its leak potential is above the code 600, with the code 255 to begin with.
  void start() {
    init(InitOptions::for_model());
    Program program;
    for (std::uint32_t block = 0; block < BackendBlock::kCount; ++block)
      program.write(reg::CommonNeuronBackendConfigOnDLS(block), reg::CommonNeuronBackendConfig{});
    cell(program, reg::NeuronCell::kVLeak, 255);
    cell(program, reg::NeuronCell::kVReset, 214);
    cell(program, reg::NeuronCell::kVThreshold, 600);
    cell(program, reg::NeuronCell::kIBiasLeak, 200);
    reg::NeuronConfig config;
    config.membrane_capacitor_size = 63;
    config.enable_fire = true;
    config.enable_threshold_comparator = true;
    program.write(reg::NeuronConfigOnDLS(kNeuron), config);
    reg::NeuronBackendConfig backend;
    backend.refractory_time = 40;
    backend.enable_spike_out = true;
    program.write(reg::NeuronBackendConfigOnDLS(kNeuron), backend);
    // The coefficients of all circuits, one after the other.
    wait(program, 70'000);
    EXPECT_EQ(spikes_after(program), 0U);
  }
  static void wait(Program& program, unsigned cycles) {
    program.barrier(ut::kBarrierOmnibus);
    program.setup_timer();
    program.wait_until(FpgaCycles{cycles});
  }
  /// Spikes in 160 us, as long again after the program: by then the neuron has its new coefficients.
  std::size_t spikes_after(Program& program) {
    wait(program, kWait);
    run(program);
    Program next;
    wait(next, kWait);
    Ticket const read = next.read(leak_address());
    next.barrier(ut::kBarrierOmnibus);
    Responses const responses = run(next);
    code_ = responses.value(read);
    return responses.spikes.size();
  }

  std::uint64_t code_ = 0;  // of the cell after the last program
};
HX_CONTRACT(CapMem);

TEST_P(CapMem, ACodeOf1023KeepsTheValue) {
  start();
  EXPECT_EQ(code_, 255U);
  Program program;
  program.write(leak_address(), 1023);
  EXPECT_EQ(spikes_after(program), 0U);
  EXPECT_EQ(code_, 1023U);
}

TEST_P(CapMem, ACellThatBecomes1023ByOneByteHasThatValue) {
  start();
  Program program;
  program.write(leak_address(), 1023, 0b0010);
  EXPECT_GT(spikes_after(program), 5U);
  EXPECT_EQ(code_, 1023U);
}

}  // namespace
}  // namespace hx
