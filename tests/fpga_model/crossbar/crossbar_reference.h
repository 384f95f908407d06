#ifndef TESTS_FPGA_MODEL_CROSSBAR_CROSSBAR_REFERENCE_H_
#define TESTS_FPGA_MODEL_CROSSBAR_CROSSBAR_REFERENCE_H_

// Reference of the event crossbar, written from the behaviour and timing contract with no regard to speed.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hx::test {

// What the crossbar gets in one clock.
struct CrossbarInputs {
  struct Write {
    unsigned address = 0;
    unsigned byte_enables = 15;
    std::uint32_t data = 0;
  };
  std::array<std::optional<std::uint16_t>, 20> events;  // labels
  std::array<bool, 20> lost{};
  std::optional<Write> write;
  std::optional<unsigned> read;  // address
  unsigned padi_store = 0;       // bit mask
  unsigned padi_label = 0;
  unsigned enable_spl1 = 0xff;
  unsigned out_ready = 0xfff;
};

// What it shows in one clock (before the edge).
struct CrossbarOutputs {
  std::array<bool, 20> ready{};
  std::array<std::optional<std::uint16_t>, 12> heads;
  std::optional<std::uint32_t> read;  // answer to a read of the clock before
};

class CrossbarReference {
 public:
  CrossbarReference(unsigned pipe, unsigned padi_fifo, unsigned l2_fifo);

  // One clock: outputs of this clock, then its effects.
  CrossbarOutputs clock(CrossbarInputs const& inputs);

 private:
  struct Node {
    unsigned input;
    unsigned output;
    std::uint32_t word = 0;  // as in CrossbarNode

    bool passes(std::uint16_t label) const {
      return (label & word & 0x3fffu) == (word >> 16 & 0x3fffu);
    }
    bool counts_drops() const { return word >> 31 != 0; }
  };
  struct Register {
    std::uint16_t label = 0;
    std::array<bool, 12> pending{};
  };
  struct Entry {
    std::uint16_t label;
    std::uint64_t from;  // first clock in which it can be popped
  };
  struct Output {
    std::deque<Entry> fifo;
    unsigned turn = 0;
    std::uint64_t rest_until = 0;
    std::uint32_t events = 0;
  };

  Node const& node(unsigned input, unsigned output) const;
  bool stores(unsigned output, CrossbarInputs const& inputs) const;
  void drop(unsigned input);
  void store(unsigned output, std::uint16_t label);
  void count(unsigned output);
  std::uint32_t word(unsigned address) const;
  void set_word(unsigned address, std::uint32_t value);
  // Pending bits that go in this clock: all of a full output, else one.
  std::array<std::vector<unsigned>, 12> takes() const;

  unsigned pipe_;
  std::array<std::size_t, 12> depth_;
  std::uint64_t now_ = 0;
  std::vector<Node> nodes_;
  std::uint32_t config_ = 0;
  std::array<Register, 20> registers_;
  std::array<Output, 12> outputs_;
  std::array<std::uint32_t, 20> drops_{};
  std::optional<std::uint32_t> answer_;
};

}  // namespace hx::test

#endif  // TESTS_FPGA_MODEL_CROSSBAR_CROSSBAR_REFERENCE_H_
