#ifndef TESTS_FPGA_MODEL_CHIP_CHIP_SETUP_H_
#define TESTS_FPGA_MODEL_CHIP_CHIP_SETUP_H_

// Addresses and raw words of the chip that several tests write, worked out by hand from the register description.

#include <cstdint>
#include <random>

namespace hx::test {

inline constexpr std::uint32_t kHemisphere = 0x01000000;

inline std::uint32_t neuron_config(unsigned row, unsigned column, unsigned word) {
  return 0x00160000u + row * 0x10000u + column / 128 * 0x8000u + column % 128 * 8 + word;
}
inline std::uint32_t backend_config(unsigned row, unsigned column, unsigned word) {
  return 0x001a1000u + column / 128 * 0x8000u + row * 0x200u + column % 128 * 4 + word;
}
inline std::uint32_t neuron_reset(unsigned row, unsigned column) {
  return 0x00122000u + column / 128 * 0x8000u + row * 0x200u + column % 128 * 4;
}
inline std::uint32_t spike_count(unsigned row, unsigned column) {
  return neuron_reset(row, column) + 0x800u;
}
inline std::uint32_t spike_count_reset(unsigned row, unsigned column) {
  return neuron_reset(row, column) + 0xc00u;
}
inline std::uint32_t neuron_reset_quad(unsigned row, unsigned quad) {
  return 0x02c94000u + row * kHemisphere + quad;
}
inline std::uint32_t common_backend(unsigned side) {
  return 0x001a1800u + side * 0x8000u;
}
inline std::uint32_t node(unsigned number) {
  return 0x00130019u + number;
}
inline std::uint32_t driver_config(unsigned hemisphere, unsigned driver, unsigned word) {
  return 0x00110400u + hemisphere * 0x8000u + driver * 4 + word;
}
inline std::uint32_t padi_config(unsigned hemisphere) {
  return 0x00110001u + hemisphere * 0x8000u;
}
inline std::uint32_t padi_event(unsigned hemisphere) {
  return 0x00110000u + hemisphere * 0x8000u;
}
inline std::uint32_t synapse_raw(unsigned hemisphere, unsigned physical_row, unsigned quad) {
  return 0x02cf0000u + hemisphere * kHemisphere + physical_row * 64 + quad;
}
inline std::uint32_t capmem(unsigned row, unsigned column, unsigned cell_row) {
  return 0x00140000u + row * 0x10000u + column / 128 * 0x8000u + column % 128 * 32 + cell_row;
}
inline std::uint32_t cadc_config(unsigned hemisphere) {
  return 0x02401000u + hemisphere * kHemisphere;
}
inline std::uint32_t cadc_offset(unsigned hemisphere, unsigned acausal, unsigned column) {
  return 0x02400000u + hemisphere * kHemisphere + (column < 128 ? 0x800u : 0u) + column % 128 * 2 +
         acausal;
}
inline std::uint32_t cadc_trigger(unsigned hemisphere, unsigned acausal, unsigned quad) {
  return 0x02c80000u + hemisphere * kHemisphere + acausal * 0x40000u + quad;
}
inline std::uint32_t cadc_buffered(unsigned hemisphere, unsigned acausal, unsigned quad) {
  return cadc_trigger(hemisphere, acausal, quad) + 0x200000u;
}
inline unsigned quad_of(unsigned column) {
  return column % 2 * 32 + column / 8;
}
inline unsigned byte_lane_of(unsigned column) {
  return 3 - column / 2 % 4;
}
inline std::uint32_t in_lane(unsigned column, unsigned byte) {
  return byte << 8 * byte_lane_of(column);
}

// A weight as the memory stores it.
inline unsigned stored_weight(unsigned w) {
  unsigned const bits[6] = {4, 3, 2, 1, 0, 5};
  unsigned out = 0;
  for (unsigned i = 0; i < 6; ++i) out |= (w >> bits[i] & 1u) << i;
  return out;
}

// Circuit that can be fired by neuron resets and sends events with this address; refractory time in ticks of 8 ns.
template <class C>
void make_source(C& chip, unsigned row, unsigned column, unsigned address_out,
                 bool spike_out = true, unsigned refractory = 0) {
  unsigned const inverted = ~address_out, raw = 0xffu - refractory;
  chip.post_write(backend_config(row, column, 0), (inverted >> 2 & 0x3fu) | 0xc0u);
  chip.post_write(backend_config(row, column, 1), raw >> 4 | (inverted & 3u) << 4 | 0xc0u);
  chip.post_write(backend_config(row, column, 2), 0x80u | (raw & 15u) << 2);
  chip.post_write(backend_config(row, column, 3), spike_out ? 0x10u : 0u);
  chip.post_write(neuron_config(row, column, 6), 0x04u);
}

// A load like that of a small trained network: 123 circuits of the top row with time constants of 10 us and inputs through eight
// drivers. Event labels (row select << 6 | synapse label) with row select 0..1 and synapse label 0..31 have synapses.
template <class C>
void configure_network(C& chip) {
  std::mt19937 random(5);
  for (unsigned column = 0; column < 123; ++column) {
    chip.post_write(capmem(0, column, 0), 214);   // leak 80
    chip.post_write(capmem(0, column, 1), 214);   // reset 80
    chip.post_write(capmem(0, column, 2), 322);   // threshold 125
    chip.post_write(capmem(0, column, 8), 128);   // 10 us
    chip.post_write(capmem(0, column, 10), 128);  // 10 us
    chip.post_write(capmem(0, column, 14), 128);
    chip.post_write(capmem(0, column, 13), 500);
    chip.post_write(capmem(0, column, 17), 500);
    make_source(chip, 0, column, column & 63, true, 125);
    chip.post_write(neuron_config(0, column, 3), 0x10);
    chip.post_write(neuron_config(0, column, 5), 0xfc);
    chip.post_write(neuron_config(0, column, 6), 0x3c);
  }
  for (unsigned q = 0; q < 2; ++q) chip.post_write(0x00140000u + q * 0x8000u + 128 * 32 + 8, 600);
  for (unsigned quad = 0; quad < 64; ++quad) chip.post_write(synapse_raw(0, 512, quad), 0xc0c0c0c0);
  for (unsigned driver = 0; driver < 8; ++driver) {
    chip.post_write(driver_config(0, driver, 0), 0x8000u | 31u << 9);
    chip.post_write(driver_config(0, driver, 1), 0x20 | 0x40);  // top exc, bottom inh
    chip.post_write(driver_config(0, driver, 2), 0x40);
    for (unsigned quad = 0; quad < 64; ++quad) {
      for (unsigned row = 0; row < 2; ++row) {
        std::uint32_t weights = 0, labels = 0;
        for (unsigned e = 0; e < 4; ++e) {
          weights |= stored_weight(static_cast<unsigned>(random() % 40)) << 8 * e;
          labels |= static_cast<std::uint32_t>(random() & 31) << 8 * e;
        }
        chip.post_write(synapse_raw(0, 4 * driver + 2 * row, quad), weights);
        chip.post_write(synapse_raw(0, 4 * driver + 2 * row + 1, quad), labels);
      }
    }
  }
  chip.post_write(padi_config(0), 0xf);
  chip.post_write(padi_config(1), 0xf);
  chip.post_write(node(32), 1u << 16);
}

}  // namespace hx::test

#endif  // TESTS_FPGA_MODEL_CHIP_CHIP_SETUP_H_
