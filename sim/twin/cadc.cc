#include "sim/twin/cadc.h"

#include <algorithm>

namespace hx::sim {
namespace {

constexpr unsigned kSwitchRow = 512;

unsigned column_of(unsigned quad, unsigned entry) {
  return 8 * (quad % 32) + 2 * entry + quad / 32;
}
// Entry 0 is in the highest byte.
std::uint32_t byte_of(std::uint32_t word, unsigned entry) {
  return word >> 8 * (3 - entry) & 0xff;
}

}  // namespace

Cadc::Cadc(unsigned hemisphere, Arrays& arrays, CadcNoise& noise)
    : hemisphere_(hemisphere), arrays_(arrays), noise_(noise) {
  for (auto& offsets : offsets_) offsets.fill(0x80);
}

// Bit 5 of rows 512 (causal) and 513 (acausal) connects the neuron, bits 6 and 7 of row 514 the line.
void Cadc::remember_paths() {
  for (unsigned quad = 0; quad < kQuads; ++quad) {
    std::uint32_t const causal = arrays_.read_synapses(hemisphere_, kSwitchRow, quad);
    std::uint32_t const acausal = arrays_.read_synapses(hemisphere_, kSwitchRow + 1, quad);
    std::uint32_t const line = arrays_.read_synapses(hemisphere_, kSwitchRow + 2, quad);
    for (unsigned entry = 0; entry < 4; ++entry) {
      unsigned const column = column_of(quad, entry);
      paths_[0][column] = (byte_of(causal, entry) >> 5 & byte_of(line, entry) >> 6 & 1) != 0;
      paths_[1][column] = (byte_of(acausal, entry) >> 5 & byte_of(line, entry) >> 7 & 1) != 0;
    }
  }
}

void Cadc::start(std::uint32_t index, unsigned wait, Clock now) {
  remember_paths();
  arrays_.sample(hemisphere_, now);
  free_at_ = now + wait;
  answer_index_ = index;
  answer_from_ = arrays_.boundary_after(now) + kCourse;
  converting_ = true;
}

void Cadc::convert(Clock now) {
  for (unsigned quad = 0; quad < kQuads; ++quad) {
    std::uint32_t words[2] = {};
    for (unsigned entry = 0; entry < 4; ++entry) {
      unsigned const column = column_of(quad, entry);
      int const code = arrays_.code(256 * hemisphere_ + column, now);
      for (unsigned type = 0; type < 2; ++type) {
        int value = paths_[type][column] ? code : 0;
        if (noise_.is_on()) value += noise_.next();
        value = std::clamp(value + offsets_[type][column] - 128, 0, 255);
        words[type] |= static_cast<std::uint32_t>(value) << 8 * (3 - entry);
      }
    }
    results_[0][quad] = words[0];
    results_[1][quad] = words[1];
  }
}

std::uint32_t Cadc::take_answer(Clock now) {
  if (converting_) {
    convert(now);
    converting_ = false;
    has_results_ = true;
  }
  answer_from_ = kNever;
  return result(answer_index_);
}

void Cadc::reset(Clock now) {
  has_results_ = false;
  converting_ = false;
  free_at_ = std::min(free_at_, now + 1);
  // The trigger read gets its answer all the same, 0 then.
  if (answer_from_ != kNever) answer_from_ = std::min(answer_from_, now + 1);
}

}  // namespace hx::sim
