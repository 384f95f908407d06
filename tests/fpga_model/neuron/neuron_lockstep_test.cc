// The simulation form, the synthesizable form and the reference of neuron_reference.h run side by side on random stimuli; every
// output is compared in every clock, every state after its pipeline delay.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>

#include "Vneuron_netlist.h"
#include "Vneuron_registered.h"
#include "Vneuron_sim.h"
#include "Vneuron_small_sim.h"
#include "Vneuron_small_synth.h"
#include "Vneuron_synth.h"
#include "tests/fpga_model/neuron/array_harness.h"
#include "tests/fpga_model/neuron/circuits.h"

namespace hx::test {
namespace {

/// HX_SEED repeats a failure.
std::uint32_t seed() {
  char const* text = std::getenv("HX_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 20240601u;
}

/// Beyond the leaky neuron: conductance-based inputs, adaptation, exponential term; a fixed network of compartments with links, and
/// fire lines; roles in compartments that come and go, and need not make sense.
enum class Features { kLeaky, kCells, kNetwork, kAll };

class Stimulus {
 public:
  /// quiet: only the circuits of a few lanes are configured and driven, and seldom, so that slots sleep and wake one by one.
  Stimulus(int columns, std::uint32_t seed, bool quiet, Features features = Features::kLeaky)
      : columns_(columns), quiet_(quiet), features_(features), random_(seed), roles_(512) {
    if (features == Features::kNetwork) connect();
  }

  bool chance(double p) { return std::uniform_real_distribution<>()(random_) < p; }
  int number(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  int circuit() {
    if (!quiet_) return 256 * number(0, 1) + number(0, columns_ - 1);
    int const lane = quiet_lane();
    int const row = lane / (lanes() / 2);
    return 256 * row + lane % (lanes() / 2) * kSlots + number(0, kSlots - 1);
  }
  bool drives(int circuit) const {
    int const lane = circuit / 256 * lanes() / 2 + circuit % 256 / kSlots;
    return !quiet_ || (lanes() < 8 ? lane == 0 : lane % 9 == 0);
  }
  /// One lane of every eight.
  int quiet_lane() { return lanes() < 8 ? 0 : 9 * number(0, lanes() / 8 - 1); }
  /// Of writes and commands.
  bool event(double p) { return chance(quiet_ ? p / 20 : p); }

  Coefficients coefficients(int circuit) {
    Coefficients k = levels();
    if (features_ != Features::kNetwork) return k;
    Coefficients const& role = roles_[static_cast<std::size_t>(circuit)];
    k.member = role.member;
    k.node = role.node;
    k.link = role.link;
    k.rep = role.rep;
    k.other = role.other;
    // Strong ones saturate the currents.
    bool const strong = chance(0.1);
    k.d_own = number(0, strong ? 0x3ffff : 8000);
    k.d_other = number(0, strong ? 0x3ffff : 8000);
    return k;
  }

  /// All but the place in the network.
  Coefficients levels() {
    Coefficients k;
    bool const wild = chance(0.3);
    if (wild) {
      // Anything the port can carry.
      k = {number(0, 0x3ffff), number(0, 0x3ffff), number(0, 0x3ffff), number(0, 0x3ffff),
           number(0, 0x3ffff)};
      k.e = number(-0x20000, 0x1ffff);
      k.v_th = number(-0x20000, 0x1ffff);
      k.v_reset = number(-0x20000, 0x1ffff);
      k.v_off = number(-0x80000, 0x7ffff);
    } else {
      k = {number(0, 20000), number(0, 20000), number(0, 20000), number(0, 12000),
           number(0, 12000)};
      k.e = number(10000, 40000);
      k.v_th = k.e + number(-500, 12000);
      k.v_reset = k.e + number(-8000, 2000);
      k.v_off = chance(0.3) ? number(-4000, 8000) : 0;
    }
    if (features_ != Features::kLeaky && chance(0.7)) extras(k, wild);
    return k;
  }

  /// Conductance-based inputs, adaptation, exponential term; a part in a compartment.
  void extras(Coefficients& k, bool wild) {
    auto const potential = [&] { return wild ? number(-0x20000, 0x1ffff) : number(5000, 50000); };
    auto const factor = [&](int usual) { return number(0, wild ? 0x3ffff : usual); };
    if (chance(0.4)) k.k_exc = factor(8000);
    if (chance(0.4)) k.k_inh = factor(8000);
    k.e_exc = potential();
    k.e_inh = potential();
    k.d_w = factor(3000);
    k.c_w = factor(6000);
    if (chance(0.4)) k.c_e = factor(6000);
    k.e_adapt = potential();
    k.v_exp = potential();
    k.a = number(-1022, 1022);
    k.b = number(-1022, 1022);
    k.adapt = chance(0.4);
    if (features_ != Features::kAll) return;
    k.member = chance(0.2);
    k.node = chance(0.3);
    k.link = chance(0.2);
    k.rep = circuit();
    k.other = circuit();
    k.d_own = factor(8000);
    k.d_other = factor(8000);
  }

  std::uint8_t switches(int word) {
    if (word == 6 && chance(0.8)) return static_cast<std::uint8_t>(number(0, 255) | 0x0c);
    return static_cast<std::uint8_t>(number(0, 255));
  }

  /// Short refractory times most of the time, so that circuits fire again.
  std::uint8_t backend(int word) {
    std::uint8_t data = static_cast<std::uint8_t>(number(0, 255));
    if (word == 1 && chance(0.7)) data |= 0x0f;
    if (word == 3 && features_ < Features::kNetwork) data &= 0xd0;
    return data;
  }

  Inputs next() {
    Inputs in;
    if (hold_run_ > 0) {
      --hold_run_;
      in.run = false;
      slot_ = 0;
    } else if (chance(0.0005)) {
      hold_run_ = number(0, 5);
      in.run = false;
      slot_ = 0;
    }
    in.slot = slot_;
    if (in.run) slot_ = (slot_ + 1) % kSlots;
    // Phases without input let slots fall asleep.
    if (chance(0.002)) busy_ = chance(0.6);
    if (quiet_ && chance(0.01)) single_charge(in);
    if (!quiet_ && busy_ && chance(0.3)) charges(in);
    if (event(0.05)) in.ncfg = {write_config()};
    if (event(0.05)) {
      int const word = number(0, 3);
      in.nbe = {{circuit(), word, backend(word)}};
    }
    if (event(0.08)) {
      in.coef_circuit = circuit();
      in.coef = coefficients(in.coef_circuit);
    }
    if (event(0.03)) reset(in);
    if (chance(0.001)) force_reset_ = chance(0.5) ? 0 : number(0, 3);
    if (chance(0.001)) enable_clocks_ = chance(0.8) ? 3 : number(0, 3);
    if (chance(0.001)) scale_slow_ = number(0, 3) | number(0, 3) << 4;
    if (chance(0.001))
      scale_fast_ = chance(0.2) ? number(0, 255) : number(0, 4) | number(0, 4) << 4;
    in.force_reset = force_reset_;
    in.enable_clocks = enable_clocks_;
    in.scale_slow = scale_slow_;
    in.scale_fast = scale_fast_;
    if (chance(0.001)) scale_adapt_ = number(0, 255);
    in.scale_adapt = scale_adapt_;
    in.madc_on = chance(0.3) ? number(0, 3) : 0;
    in.madc_circuit = {circuit(), circuit()};
    if (chance(0.01)) sample_ = chance(0.5) ? 0 : number(0, 3);
    in.sample = sample_;
    in.read = chance(0.5) ? number(0, 3) : 0;
    in.quad = {number(0, 63), number(0, 63)};
    return in;
  }

  int lanes() const { return 2 * columns_ / kSlots; }

  /// Roles in the fixed network.
  Coefficients const& role(int circuit) const { return roles_[static_cast<std::size_t>(circuit)]; }

 private:
  /// Compartments of up to ten circuits anywhere, most of them in neighbouring columns, and links from some circuits to others.
  void connect() {
    auto const at = [&](int c) -> Coefficients& { return roles_[static_cast<std::size_t>(c)]; };
    std::vector<char> taken(512);
    for (int n = 0; n < columns_ / 5; ++n) {
      int const rep = circuit();
      if (taken[static_cast<std::size_t>(rep)]) continue;
      taken[static_cast<std::size_t>(rep)] = 1;
      bool const neighbours = chance(0.7);
      for (int size = number(1, 9); size > 0; --size) {
        int const near = (rep % 256 + number(-8, 8) + columns_) % columns_ + 256 * number(0, 1);
        int const member = neighbours && !quiet_ ? near : circuit();
        if (taken[static_cast<std::size_t>(member)]) continue;
        taken[static_cast<std::size_t>(member)] = 1;
        at(member).member = true;
        at(member).rep = rep;
        at(rep).node = true;
      }
    }
    for (int n = 0; n < columns_ / 2; ++n) {
      int const c = circuit();
      int const other = circuit();
      int const own_rep = at(c).member ? at(c).rep : c;
      int const other_rep = at(other).member ? at(other).rep : other;
      if (own_rep == other_rep) continue;
      at(c).link = true;
      at(c).other = other_rep;
      at(own_rep).node = true;
      at(other_rep).node = true;
    }
  }

  Inputs::Write write_config() {
    int const word = number(2, 7);
    return {circuit(), word, switches(word)};
  }

  void charges(Inputs& in) {
    for (int l = 0; l < lanes(); ++l) {
      bool const large = chance(0.02);
      in.exc.push_back(static_cast<std::uint16_t>(chance(0.3) ? number(0, large ? 4095 : 300) : 0));
      in.inh.push_back(static_cast<std::uint16_t>(chance(0.2) ? number(0, large ? 4095 : 200) : 0));
      in.bypass_exc |= std::uint64_t{chance(0.05)} << l;
      in.bypass_inh |= std::uint64_t{chance(0.05)} << l;
    }
  }

  /// Often one that changes nothing: saturated, or equal on both sides.
  void single_charge(Inputs& in) {
    in.exc.resize(static_cast<std::size_t>(lanes()));
    in.inh.resize(static_cast<std::size_t>(lanes()));
    auto const lane = static_cast<std::size_t>(quiet_lane());
    in.exc[lane] = static_cast<std::uint16_t>(chance(0.5) ? 4095 : number(0, 4095));
    in.inh[lane] = static_cast<std::uint16_t>(chance(0.5) ? in.exc[lane] : number(0, 4095));
    in.bypass_exc = std::uint64_t{chance(0.2)} << lane;
  }

  void reset(Inputs& in) {
    if (chance(0.5)) {
      in.nreset[static_cast<std::size_t>(number(0, 3))] = circuit();
      return;
    }
    int const row = number(0, 1);
    int const quad = number(0, columns_ / 8 - 1) + 32 * number(0, 1);
    for (int e = 0; e < 4; ++e)
      in.nreset[static_cast<std::size_t>(e)] = 256 * row + 8 * (quad % 32) + 2 * e + quad / 32;
  }

  int columns_;
  bool quiet_;
  Features features_;
  std::mt19937 random_;
  std::vector<Coefficients> roles_;  // of which only the roles count
  int slot_ = 0;
  int hold_run_ = 0;
  bool busy_ = true;
  int force_reset_ = 0, enable_clocks_ = 3, scale_slow_ = 0, scale_fast_ = 0x11;
  int sample_ = 0;
  int scale_adapt_ = 0x33;
};

std::string show(State const& s) {
  std::ostringstream out;
  out << "V " << s.v << " exc " << s.exc << " inh " << s.inh << " rem " << s.rem << " w " << s.w
      << " dV " << s.dv;
  return out.str();
}

/// A form that is left out.
struct None {};

template <class Model>
struct Form {
  Form(char const* form_name, int columns) : name(form_name), array(columns) {}
  char const* name;
  Array<Model> array;

  void clock(Inputs const& in, Outputs const& r, std::int64_t n) {
    Outputs const a = array.clock(in);
    ASSERT_EQ(a.any, r.any) << name << ", clock " << n;
    ASSERT_EQ(a.spikes, r.spikes) << name << ", clock " << n;
    if (r.any) {
      ASSERT_EQ(a.slot, r.slot) << name << ", clock " << n;
    }
    ASSERT_EQ(a.codes, r.codes) << name << ", clock " << n;
    ASSERT_EQ(a.madc, r.madc) << name << ", clock " << n;
  }
  void compare(ReferenceArray const& reference, int slot, std::int64_t n) {
    array.probe(slot);
    for (int l = 0; l < array.lanes(); ++l) {
      State const r = reference.state(slot, l);
      ASSERT_EQ(array.state(l), r) << name << ", clock " << n << " slot " << slot << " lane " << l
                                   << ": " << show(array.state(l)) << "; reference " << show(r);
    }
  }
};

template <>
struct Form<None> {
  Form(char const*, int) {}
  void clock(Inputs const&, Outputs const&, std::int64_t) {}
  void compare(ReferenceArray const&, int, std::int64_t) {}
};

/// Clocks the forms and the reference side by side and compares them.
template <class Sim, class Synth>
class Lockstep {
 public:
  explicit Lockstep(int columns)
      : sim_("simulation form", columns),
        synth_("synthesizable form", columns),
        reference_(columns) {
    Inputs reset;
    reset.rst_n = false;
    reset.run = false;
    for (int k = 0; k < 20; ++k) clock(reset);
  }

  void clock(Inputs const& in) {
    Outputs const r = reference_.clock(in);
    sim_.clock(in, r, n_);
    synth_.clock(in, r, n_);
    if (r.any) spikes_ += __builtin_popcountll(r.spikes);
    for (int code : r.madc) madc_ += code != 0;
    ++n_;
    if (!in.run) {
      executed_.clear();
      return;
    }
    executed_.push_back(in.slot);
    if (executed_.size() < 13) return;
    // Executed 12 clocks before this one: visible in all forms, the reference and the simulation form have it since long.
    int const slot = executed_[executed_.size() - 13];
    sim_.compare(reference_, slot, n_);
    synth_.compare(reference_, slot, n_);
  }

  ReferenceArray const& reference() const { return reference_; }
  std::int64_t spikes() const { return spikes_; }
  std::int64_t madc() const { return madc_; }

 private:
  Form<Sim> sim_;
  Form<Synth> synth_;
  ReferenceArray reference_;
  std::vector<int> executed_;  // slots since run is high, newest last
  std::int64_t n_ = -20;
  std::int64_t spikes_ = 0;
  std::int64_t madc_ = 0;
};

template <class Sim, class Synth>
void run(int columns, int clocks, bool quiet = false, Features features = Features::kLeaky) {
  std::uint32_t const first = seed();
  SCOPED_TRACE("HX_SEED=" + std::to_string(first));
  Stimulus stimulus(columns, first, quiet, features);
  Lockstep<Sim, Synth> lockstep(columns);
  for (int c = 0; c < 512; ++c) {
    if (c % 256 >= columns || !stimulus.drives(c)) continue;
    Inputs in;
    in.run = false;
    in.scale_fast = 0x11;
    in.coef_circuit = c;
    in.coef = stimulus.coefficients(c);
    in.ncfg = {{c, 6, stimulus.switches(6)}};
    in.nbe = {{c, 1, stimulus.backend(1)}};
    lockstep.clock(in);
  }
  for (int n = 0; n < clocks; ++n) {
    lockstep.clock(stimulus.next());
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(lockstep.spikes(), quiet ? 100 : clocks / 100)
      << "the stimulus does not fire the circuits: it tests little";
  if (!quiet) {
    EXPECT_GT(lockstep.madc(), clocks / 100);
  }
}

TEST(NeuronLockstep, SmallBuildAgreesInEveryClock) {
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 200000);
}

TEST(NeuronLockstep, ConductancesAdaptationAndExponentialAgreeInEveryClock) {
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 200000, false, Features::kCells);
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 200000, true, Features::kCells);
  run<Vneuron_sim, Vneuron_synth>(256, 10000, false, Features::kCells);
}

TEST(NeuronLockstep, CompartmentsAndFireLinesAgreeInEveryClock) {
  run<Vneuron_small_sim, None>(32, 200000, false, Features::kAll);
  run<Vneuron_small_sim, None>(32, 200000, true, Features::kAll);
  run<Vneuron_sim, None>(256, 30000, false, Features::kAll);
}

TEST(NeuronLockstep, FixedNetworksAgreeInEveryClock) {
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 200000, false, Features::kNetwork);
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 100000, true, Features::kNetwork);
  run<Vneuron_sim, Vneuron_synth>(256, 20000, false, Features::kNetwork);
}

TEST(NeuronLockstep, SleepingSlotsChangeNothing) {
  run<Vneuron_small_sim, Vneuron_small_synth>(32, 300000, true);
  run<Vneuron_sim, Vneuron_synth>(256, 50000, true);
}

// Spikes and codes only, which come `delay` clocks later than those of the reference.
template <class Model>
void compare_outputs(std::size_t delay, Features features = Features::kCells) {
  std::uint32_t const first = seed();
  Stimulus stimulus(32, first, false, features);
  Array<Model> array(32);
  ReferenceArray reference(32);
  Inputs reset;
  reset.rst_n = false;
  reset.run = false;
  std::int64_t spikes = 0;
  std::int64_t codes = 0;
  std::vector<Outputs> waiting(delay);
  for (int n = -20; n < 100000; ++n) {
    Inputs const in = n < 0 ? reset : stimulus.next();
    Outputs const got = array.clock(in);
    waiting.push_back(reference.clock(in));
    Outputs const want = waiting.front();
    waiting.erase(waiting.begin());
    if (n < 0) continue;
    ASSERT_EQ(got.any, want.any) << "clock " << n << " HX_SEED=" << first;
    ASSERT_EQ(got.spikes, want.spikes) << "clock " << n << " HX_SEED=" << first;
    ASSERT_EQ(got.codes, want.codes) << "clock " << n << " HX_SEED=" << first;
    if (want.any) {
      ASSERT_EQ(got.slot, want.slot) << "clock " << n << " HX_SEED=" << first;
    }
    spikes += want.any;
    for (int code : want.codes) codes += code != 0;
  }
  EXPECT_GT(spikes, 1000);
  EXPECT_GT(codes, 10000);
}

// The state is hidden in the netlist; a wrong one shows in spikes and codes.
TEST(NeuronLockstep, NetlistOfTheSmallBuildAgreesInEveryClock) {
  compare_outputs<Vneuron_netlist>(0);
}

TEST(NeuronLockstep, SimulationFormBehindRegistersIsOneClockLater) {
  compare_outputs<Vneuron_registered>(1);
}

TEST(NeuronLockstep, FullBuildAgreesInEveryClock) {
  run<Vneuron_sim, Vneuron_synth>(256, 20000);
}

}  // namespace
}  // namespace hx::test
