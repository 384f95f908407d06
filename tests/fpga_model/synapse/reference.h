#ifndef TESTS_FPGA_MODEL_SYNAPSE_REFERENCE_H_
#define TESTS_FPGA_MODEL_SYNAPSE_REFERENCE_H_

// Reference of the synapse array of one hemisphere, written from the behaviour and timing contract with no regard to speed: one
// synapse after the other, one clock after the other.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace hx::test {

struct SynapseArrayShape {
  unsigned columns = 256;
  unsigned rows = 256;
  unsigned slots = 16;
  unsigned padi_ports = 4;
  unsigned row_port =
      0;  // rows of an event at once (0), one per clock (1), half a row per clock (2)
  unsigned padi_pipe = 6;
};

// What the array gets in one clock.
struct SynapseArrayInputs {
  struct Memory {
    bool write = false;
    unsigned row = 0;
    unsigned quad = 0;
    std::uint32_t mask = 0;
    std::uint32_t data = 0;
  };
  struct Driver {
    unsigned index = 0;
    unsigned word = 0;
    std::uint16_t data = 0;
  };
  struct Event {
    unsigned label = 0;
    unsigned extension = 0;
  };
  // STP voltage: index {east, cell row}, bytes that are written.
  struct Cell {
    unsigned index = 0;
    unsigned bytes = 0;
    unsigned data = 0;
  };
  std::optional<Memory> memory;
  std::optional<Driver> driver;
  std::optional<Cell> cell;
  // {enable_recovery_clock, recovery_clock_speed}, level.
  unsigned recovery = 0;
  std::array<std::optional<Event>, 4> events;
};

// What it shows in one clock (before the edge).
struct SynapseArrayOutputs {
  std::array<bool, 4> ready{};  // only of busses with an event
  bool any = false;
  // By lane; [0] excitatory, [1] inhibitory.
  std::array<std::vector<unsigned>, 2> charge;
  std::array<std::vector<bool>, 2> bypass;
  std::optional<std::uint32_t> read;  // answer that is valid from this clock on
};

class SynapseArrayReference {
 public:
  explicit SynapseArrayReference(SynapseArrayShape const& shape);

  // One clock: outputs of this clock, then its effects.
  SynapseArrayOutputs clock(SynapseArrayInputs const& inputs);

  unsigned slot() const { return static_cast<unsigned>(now_ % shape_.slots); }
  bool last() const { return slot() == shape_.slots - 1; }

 private:
  struct Row {
    unsigned row;
    bool sign[2];
    bool address_out;
    bool modulated;
    bool hagen;
  };
  // An event that occupies a port: rows that are left, charge brought so far.
  struct Port {
    bool busy = false;
    SynapseArrayInputs::Event event;
    std::vector<Row> rows;
    std::size_t next = 0;
    // Where the row is: pulse of the extension, half of the columns, clock of the half.
    unsigned pulse = 0;
    unsigned half = 0;
    unsigned step = 0;
    unsigned factor = 256;
    // What the pulse brings to the columns of the half.
    std::vector<unsigned> charges;
    std::array<std::vector<unsigned>, 2> brought;
  };
  struct Sums {
    std::array<std::vector<std::uint64_t>, 2> charge;
    std::array<std::vector<bool>, 2> bypass;
  };
  // State of the short-term plasticity of a driver.
  struct Stp {
    bool rest = true;
    std::int64_t state = 0;
  };

  std::uint8_t byte(unsigned physical_row, unsigned column) const;
  std::vector<Row> rows_of(unsigned bus, unsigned row_select) const;
  // The factor of a driver for the event of the port; an event changes the state.
  unsigned factor(Port const& port, Row const& row);
  std::int64_t voltage(unsigned driver, bool recover) const;
  void recover();
  void step_recovery(unsigned config);
  void rest_all();
  // Pulse of a row on the columns of a half, as the memory is now; into the sums.
  std::vector<unsigned> pulse(Port const& port, Row const& row, unsigned half) const;
  void charge(Port& port, Row const& row, unsigned half, std::vector<unsigned> const& charges);
  void run_all_rows(Port& port);
  void run_row(Port& port);
  void run_half_row(Port& port);
  void write_driver(SynapseArrayInputs::Driver const& write);
  void write_cell(SynapseArrayInputs::Cell const& write);
  void grant(unsigned bus, SynapseArrayInputs::Event const& event);
  Sums& interval(std::uint64_t clock);
  void show_charges(SynapseArrayOutputs& out);

  SynapseArrayShape shape_;
  std::uint64_t now_ = 0;
  std::vector<std::array<std::uint32_t, 64>> memory_;
  std::vector<std::array<std::uint16_t, 4>> drivers_;
  std::vector<Stp> stp_;
  std::array<unsigned, 8> cells_{};
  unsigned recovery_ = 0;
  std::uint64_t recovery_clocks_ = 0;
  std::vector<Port> ports_;
  bool accessed_ = false;
  unsigned turn_ = 0;
  std::map<std::uint64_t, Sums> intervals_;
  std::map<std::uint64_t, std::uint32_t> answers_;
};

}  // namespace hx::test

#endif  // TESTS_FPGA_MODEL_SYNAPSE_REFERENCE_H_
