#include "tools/demo/neuron.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

#include "host/mock.h"
#include "tools/demo/plot.h"

namespace hx::tools {
namespace {

constexpr double kGain = 0.1e6;  // CADC LSB per second and weight unit, nominal
constexpr int kWeight = 63;
constexpr std::int64_t kRuntime = 120;  // us

/// Entry 0 stays below the threshold, entry 1 crosses it again and again.
std::vector<std::vector<std::vector<double>>> input_spikes() {
  std::vector<double> strong;
  strong.reserve(30);
  for (int i = 0; i < 30; ++i) strong.push_back((10 + 3 * i) * 1e-6);
  return {{{10e-6, 20e-6, 60e-6}}, {strong}};
}

/// `madc`: with the fast converter, which the mock does not have.
host::RunRequest make_request(bool madc) {
  host::RunRequest request;
  host::Population input;
  input.name = "in";
  input.kind = host::PopulationKind::kSpikeSource;
  input.size = 1;
  host::Population neuron;
  neuron.name = "neuron";
  neuron.kind = host::PopulationKind::kLif;
  neuron.size = 1;
  neuron.record_spikes = neuron.record_cadc = true;
  if (madc) neuron.madc_neurons = {0};
  request.network.populations = {input, neuron};
  request.network.projections = {{.from = 0, .to = 1, .connections = {{0, 0, kWeight}}}};
  Result<host::SpikeTrains> trains = host::SpikeTrains::from_seconds(input_spikes());
  HX_CHECK(trains.has_value()) << trains.error().text();
  request.inputs["in"] = *std::move(trains);
  request.runtime_steps = kRuntime;
  return request;
}

/// One membrane trace and the spikes of one entry.
struct Trace {
  std::vector<double> times;        // s
  std::vector<double> values;       // CADC LSB
  std::vector<double> spikes;       // s
  std::vector<double> madc_times;   // s; empty without MADC
  std::vector<double> madc_values;  // CADC LSB
};

Trace trace_of(host::Results const& results, std::uint32_t entry) {
  host::Observables const* observables = results.find("neuron");
  HX_CHECK(observables != nullptr && observables->cadc && observables->spikes) << "not recorded";
  Trace trace;
  for (std::int64_t t : observables->cadc->times_at(entry, 0)) {
    trace.times.push_back(results.time_in_seconds(t));
  }
  auto const values = observables->cadc->values_at(entry, 0);
  trace.values.assign(values.begin(), values.end());
  for (std::int64_t t : observables->spikes->at(entry, 0)) {
    trace.spikes.push_back(results.time_in_seconds(t));
  }
  if (observables->madc) {
    for (std::int64_t t : observables->madc->times_at(entry, 0)) {
      trace.madc_times.push_back(results.time_in_seconds(t));
    }
    for (std::uint16_t code : observables->madc->codes_at(entry, 0)) {
      trace.madc_values.push_back(code / host::MadcTraces::kCodesPerLsb);
    }
  }
  return trace;
}

double interpolate(Trace const& trace, double time) {
  auto const next = std::lower_bound(trace.times.begin(), trace.times.end(), time);
  if (next == trace.times.begin()) return trace.values.front();
  if (next == trace.times.end()) return trace.values.back();
  auto const i = static_cast<std::size_t>(next - trace.times.begin());
  double const part = (time - trace.times[i - 1]) / (trace.times[i] - trace.times[i - 1]);
  return trace.values[i - 1] + part * (trace.values[i] - trace.values[i - 1]);
}

void print_table(ClosedForm const& form, Trace const& chip, Deviation const& chip_deviation,
                 Trace const& mock, std::ostream& out) {
  out << "     time  closed form   chip  mock equations   (CADC LSB, closed form delayed by "
      << std::lround(chip_deviation.latency * 1e9) << " ns)\n";
  std::size_t const step = std::max<std::size_t>(1, chip.times.size() / 16);
  out << std::fixed;
  for (std::size_t i = 0; i < chip.times.size(); i += step) {
    double const t = chip.times[i];
    out << std::setw(6) << std::setprecision(1) << t * 1e6 << " us" << std::setw(13)
        << std::setprecision(2) << form(t - chip_deviation.latency) << std::setw(7)
        << std::setprecision(0) << chip.values[i] << std::setw(16) << std::setprecision(2)
        << interpolate(mock, t) << "\n";
  }
  out << std::defaultfloat;
}

std::string spike_list(std::vector<double> const& spikes) {
  std::ostringstream text;
  text << spikes.size() << " at" << std::fixed << std::setprecision(2);
  for (std::size_t i = 0; i < std::min<std::size_t>(spikes.size(), 6); ++i) {
    text << " " << spikes[i] * 1e6;
  }
  text << (spikes.size() > 6 ? " ... us" : " us");
  return text.str();
}

void data_block(std::ostream& script, char const* name, std::vector<double> const& x,
                std::vector<double> const& y) {
  script << "$" << name << " << EOD\n";
  script << "-1 80\n";  // outside the picture: gnuplot refuses empty blocks
  for (std::size_t i = 0; i < x.size(); ++i) script << x[i] * 1e6 << " " << y[i] << "\n";
  script << "EOD\n";
}

std::string plot_script(ClosedForm const& form, double latency, Trace const (&chip)[2],
                        Trace const (&mock)[2]) {
  std::ostringstream script;
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i <= 1200; ++i) {
    x.push_back(i * 1e-7);
    y.push_back(form(x.back() - latency));
  }
  data_block(script, "form", x, y);
  data_block(script, "chip0", chip[0].times, chip[0].values);
  data_block(script, "mock0", mock[0].times, mock[0].values);
  data_block(script, "chip1", chip[1].times, chip[1].values);
  data_block(script, "mock1", mock[1].times, mock[1].values);
  data_block(script, "madc0", chip[0].madc_times, chip[0].madc_values);
  data_block(script, "madc1", chip[1].madc_times, chip[1].madc_values);
  data_block(script, "spikes", chip[1].spikes, std::vector<double>(chip[1].spikes.size(), 128));
  script
      << "set multiplot layout 2,1\nset ylabel 'membrane (CADC LSB)'\nset key outside right top\n"
         "set lmargin at screen 0.08\nset rmargin at screen 0.76\n"
         "set xrange [0:120]\nset yrange [77:132]\nset title 'below the threshold'\n"
         "plot $form with lines lw 2 lc rgb '#888888' title 'closed form', "
         "$mock0 with lines lc rgb '#d95f02' title 'mock equations', "
         "$madc0 with lines lc rgb '#7fb2e5' title 'chip, MADC', "
         "$chip0 with points pt 7 ps 0.6 lc rgb '#1b5e9e' title 'chip, CADC'\n"
         "set title 'firing'\nset xlabel 'time (us)'\n"
         "plot 125 with lines dt 2 lc rgb '#888888' title 'threshold', "
         "$mock1 with lines lc rgb '#d95f02' title 'mock equations', "
         "$madc1 with lines lc rgb '#7fb2e5' title 'chip, MADC', "
         "$chip1 with points pt 7 ps 0.6 lc rgb '#1b5e9e' title 'chip, CADC', "
         "$spikes with points pt 9 lc rgb '#c00000' title 'spikes of the chip'\n"
         "unset multiplot\n";
  return script.str();
}

}  // namespace

double ClosedForm::operator()(double time) const {
  double sum = 0;
  for (double spike : spikes) {
    double const s = time - spike;
    if (s <= 0) continue;
    double const difference = tau_mem - tau_syn;
    sum += std::abs(difference) < 1e-9 * tau_mem
               ? s * std::exp(-s / tau_mem)
               : (std::exp(-s / tau_mem) - std::exp(-s / tau_syn)) * tau_mem * tau_syn / difference;
  }
  return leak + kGain * weight * sum;
}

Deviation compare(ClosedForm const& form, std::span<double const> times,
                  std::span<double const> values, double longest) {
  HX_CHECK(times.size() == values.size())
      << times.size() << " times, " << values.size() << " values";
  Deviation best{.latency = 0, .largest = std::numeric_limits<double>::infinity(), .rms = 0};
  for (double latency = 0; latency <= longest; latency += 8e-9) {
    Deviation now{.latency = latency, .largest = 0, .rms = 0};
    for (std::size_t i = 0; i < times.size(); ++i) {
      double const error = std::abs(values[i] - form(times[i] - latency));
      now.largest = std::max(now.largest, error);
      now.rms += error * error;
    }
    if (now.largest < best.largest) best = now;
  }
  best.rms = std::sqrt(best.rms / static_cast<double>(std::max<std::size_t>(1, times.size())));
  return best;
}

Result<void> run_neuron_demo(host::Backend& chip, std::filesystem::path const& folder,
                             std::ostream& out) {
  out << "One LIF neuron on " << chip.target()
      << ": weight 63, tau_mem = tau_syn = 10 us, leak 80, threshold 125\n\n";
  Result<host::Results> const on_chip = chip.run(make_request(chip.target() != "mock"));
  if (!on_chip) return on_chip.error();
  Result<host::Results> const on_mock = host::make_mock_backend()->run(make_request(false));
  if (!on_mock) return on_mock.error();
  Trace const chip_traces[2] = {trace_of(*on_chip, 0), trace_of(*on_chip, 1)};
  Trace const mock_traces[2] = {trace_of(*on_mock, 0), trace_of(*on_mock, 1)};
  if (chip_traces[0].times.size() < 2) {
    return Error{.code = ErrorCode::kHardware,
                 .message = "the target returned no membrane samples",
                 .hint = "./hx demo neuron --target twin:"};
  }

  ClosedForm const form{.spikes = input_spikes()[0][0]};
  Deviation const chip_deviation = compare(form, chip_traces[0].times, chip_traces[0].values, 2e-6);
  Deviation const mock_deviation = compare(form, mock_traces[0].times, mock_traces[0].values, 2e-6);
  print_table(form, chip_traces[0], chip_deviation, mock_traces[0], out);
  auto const print = [&](char const* name, Deviation const& d) {
    out << "  " << name << std::fixed << std::setprecision(2) << d.largest << " LSB at most, "
        << d.rms << " LSB rms, constant latency " << std::lround(d.latency * 1e9) << " ns\n"
        << std::defaultfloat;
  };
  out << "\ndeviation from the closed form (the CADC rounds: up to 0.5 LSB of it)\n";
  print("chip:           ", chip_deviation);
  print("mock equations: ", mock_deviation);
  if (!chip_traces[0].madc_times.empty()) {
    Deviation const madc =
        compare(form, chip_traces[0].madc_times, chip_traces[0].madc_values, 2e-6);
    print("chip, MADC:     ", madc);
  }
  out << "\nspikes under strong input\n  chip:           " << spike_list(chip_traces[1].spikes)
      << "\n  mock equations: " << spike_list(mock_traces[1].spikes) << "\n";

  std::filesystem::path const picture = folder / "neuron.png";
  Result<void> const drawn = draw_png(
      picture, plot_script(form, chip_deviation.latency, chip_traces, mock_traces), 900, 700);
  if (!drawn) return drawn.error();
  out << "\npicture: " << picture.string() << "\n";
  return {};
}

}  // namespace hx::tools
