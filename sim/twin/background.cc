#include "sim/twin/background.h"

#include "sim/twin/bytes.h"

namespace hx::sim {
namespace {

// 16 steps of the Galois generator.
std::uint32_t advance(std::uint32_t state) {
  for (unsigned i = 0; i < 16; ++i) state = state >> 1 ^ ((state & 1) != 0 ? 0x80200003U : 0U);
  return state;
}

}  // namespace

std::uint32_t Background::read(std::uint32_t address) const {
  Source const& source = sources_[(address - 1) / 3];
  switch ((address - 1) % 3) {
    case 0:
      return std::uint32_t{source.period} << 16 | std::uint32_t{source.random} << 1 |
             std::uint32_t{source.enabled};
    case 1:
      return source.seed;
    default:
      return std::uint32_t{source.label} << 16 | std::uint32_t{source.rate} << 8 | source.mask;
  }
}

void Background::write(std::uint32_t address, std::uint32_t data, unsigned byte_enables,
                       Clock now) {
  unsigned const number = (address - 1) / 3;
  Source& source = sources_[number];
  std::uint32_t const word = merged(read(address), data, byte_enables);
  switch ((address - 1) % 3) {
    case 0: {
      source.period = static_cast<std::uint16_t>(word >> 16);
      source.random = (word & 2) != 0;
      bool const enable = (word & 1) != 0;
      if (enable && !source.enabled) {
        source.generator = std::max(source.seed, 1U);
        schedule(number, source.cycles(), now + 1);
      }
      if (!enable) ticks_[number] = kNever;
      source.enabled = enable;
      break;
    }
    case 1:
      source.seed = word;
      break;
    default:
      source.mask = static_cast<std::uint8_t>(word);
      source.rate = static_cast<std::uint8_t>(word >> 8);
      source.label = static_cast<std::uint16_t>(word >> 16 & 0x3fff);
      break;
  }
  next_ = *std::min_element(ticks_.begin(), ticks_.end());
}

void Background::schedule(unsigned number, std::uint32_t left, Clock from) {
  std::uint32_t const clocks = left <= 2 ? 0 : (left - 1) / 2;
  ticks_[number] = from + clocks;
  sources_[number].rest = left - 2 * clocks;
}

unsigned Background::act(Clock now, Crossbar& crossbar) {
  unsigned lost = 0;
  for (unsigned i = 0; i < kSources; ++i) {
    if (ticks_[i] != now) continue;
    Source& source = sources_[i];
    unsigned label = source.label;
    bool fires = true;
    if (source.random) {
      source.generator = advance(source.generator);
      fires = source.rate != 0 && (source.generator & 0xff) <= source.rate;
      label = (label & ~unsigned{source.mask}) | (source.generator >> 8 & source.mask);
    }
    if (fires) {
      if (crossbar.ready(kFirstInput + i))
        crossbar.accept(kFirstInput + i, label);
      else
        lost |= 1U << (kFirstInput + i);
    }
    schedule(i, source.rest + source.cycles() - 2, now + 1);
  }
  next_ = *std::min_element(ticks_.begin(), ticks_.end());
  return lost;
}

void Background::reset() {
  sources_.fill({});
  ticks_.fill(kNever);
  next_ = kNever;
}

}  // namespace hx::sim
