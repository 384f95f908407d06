#include "host/chip_backend.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "driver/link/uri.h"
#include "driver/registers/chip.h"
#include "fpga_model/spec/timing.h"
#include "host/lowering/configuration.h"
#include "host/lowering/decode.h"
#include "host/lowering/hooks.h"
#include "host/lowering/lower.h"

namespace hx::host {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Targets that live in this process or stand for our own chip without a board around it.
bool is_model(std::string_view scheme) {
  return scheme == "sim" || scheme == "twin" || scheme == "zero";
}

std::map<std::string, std::uint64_t> as_map(LinkStatistics const& before,
                                            LinkStatistics const& after) {
  return {{"words_sent", after.words_sent - before.words_sent},
          {"words_received", after.words_received - before.words_received},
          {"frames_sent", after.frames_sent - before.frames_sent},
          {"frames_received", after.frames_received - before.frames_received},
          {"frames_resent", after.frames_resent - before.frames_resent},
          {"frames_dropped", after.frames_dropped - before.frames_dropped},
          {"packs_dropped", after.packs_dropped - before.packs_dropped},
          {"simulated_cycles", after.simulated_cycles - before.simulated_cycles},
          {"simulation_us", static_cast<std::uint64_t>(std::llround(
                                (after.simulation_seconds - before.simulation_seconds) * 1e6))}};
}

class ChipBackend final : public Backend {
 public:
  ChipBackend(std::unique_ptr<Device> device, std::string name, ChipBackendOptions const& options)
      : device_(std::move(device)), name_(std::move(name)), options_(options) {}

  Result<Results> run(RunRequest const& request) override {
    auto const begin = Clock::now();
    decode_time_ = 0;
    auto const entries = validate(request);
    if (!entries) return entries.error();
    if (auto ok = place_network(request); !ok) return ok.error();
    auto plan = make_plan(request, *entries, *placed_);
    if (!plan) return plan.error();
    plan->aligned = options_.aligned.value_or(false);
    auto const schedule = make_schedule(request, *placed_, *plan);
    if (!schedule) return schedule.error();
    double const lowering = since(begin);
    auto results = execute(request, *plan, *schedule);
    if (request.hooks) on_chip_.reset();  // they may have written whatever they like
    if (!results) {
      // Whatever the chip holds now: the next run starts from nothing.
      on_chip_.reset();
      return results.error();
    }
    results->target = name_;
    results->dt = request.dt;
    results->runtime_steps = request.runtime_steps;
    auto& warnings = results->health.warnings;
    auto const& plasticity = placed_->plasticity.warnings;
    auto const& calibration = placed_->calibration.warnings;
    warnings.insert(warnings.begin(), plasticity.begin(), plasticity.end());
    warnings.insert(warnings.begin(), calibration.begin(), calibration.end());
    results->times.lowering = lowering;
    results->times.decode = decode_time_;
    results->times.total = since(begin);
    return results;
  }

  [[nodiscard]] std::string target() const override { return name_; }
  [[nodiscard]] reg::Chip const* last_chip_configuration() const override {
    return last_chip_ ? &*last_chip_ : nullptr;
  }

 private:
  /// Keeps the routing if the network asks for the same, and everything if the network is the same.
  Result<void> place_network(RunRequest const& request) {
    bool const same_router = router_ == request.router;
    bool const same_base = base_ == request.base;
    if (placed_ && same_router && same_base && network_ == request.network) return {};
    if (!same_base) {
      silent_base_.reset();
      if (request.base) silent_base_ = silenced(*request.base);
      base_ = request.base;
    }
    auto placed = place(request.network, request.router.get(),
                        same_router ? std::exchange(placed_, std::nullopt) : std::nullopt,
                        silent_base_ ? &*silent_base_ : nullptr);
    placed_.reset();
    if (!placed) return placed.error();
    placed_ = std::move(*placed);
    network_ = request.network;
    router_ = request.router;
    return {};
  }

  Result<Results> execute(RunRequest const& request, SchedulePlan const& plan,
                          Schedule const& schedule) {
    auto const begin = Clock::now();
    LinkStatistics const before = device_->link().statistics();
    if (request.hooks && request.hooks->pre_static_config.instruction_count() > 0) {
      on_chip_.reset();
      Program const& hook = request.hooks->pre_static_config;
      auto const cycles = static_cast<std::int64_t>(hook.instruction_count());
      if (auto ok = device_->run(hook, deadline(cycles), responses_); !ok) {
        return std::move(ok.error()).context("injection before the static configuration");
      }
    }
    auto const configuration_words = apply_configuration();
    if (!configuration_words) return configuration_words.error();
    Decoder decoder(request.network, placed_->mapping, placed_->solution, placed_->circuits, plan);
    std::vector<std::string> warnings;
    late_messages_ = 0;
    for (Chunk const& chunk : schedule.chunks) {
      if (request.cancelled && request.cancelled()) {
        return Error{.code = ErrorCode::kTimeout,
                     .effect = Effect::kUnknown,
                     .message = "the run was cancelled before " + entries_of(chunk)};
      }
      if (auto ok = run_chunk(chunk, plan.aligned); !ok) {
        return std::move(ok.error()).context(entries_of(chunk));
      }
      auto const decoding = Clock::now();
      decoder.add(chunk, responses_);
      decode_time_ += since(decoding);
      late_messages_ += responses_.health.late_messages;
      warnings.insert(warnings.end(), responses_.health.warnings.begin(),
                      responses_.health.warnings.end());
    }
    auto const decoding = Clock::now();
    Results results = std::move(decoder).finish();
    decode_time_ += since(decoding);
    results.health.link = as_map(before, device_->link().statistics());
    results.health.link["late_messages"] = late_messages_;
    results.health.link["configuration_words"] = *configuration_words;
    results.health.warnings.insert(results.health.warnings.end(), warnings.begin(), warnings.end());
    results.times.device = since(begin);
    return results;
  }

  /// Aligned: its first instruction executes in a certain clock of the neuron step. A short program asks for the
  /// time before; what the program timer says then is known, and it runs on.
  Result<void> run_chunk(Chunk const& chunk, bool aligned) {
    if (!aligned) return device_->run(chunk.program, deadline(chunk.cycles), responses_);
    Program ask;
    ask.setup_timer();
    Ticket const ticket = ask.tick();
    if (auto ok = device_->run(ask, deadline(0), responses_); !ok) return ok;
    late_messages_ += responses_.health.late_messages;
    constexpr std::int64_t kStep = timing::kSlots;
    constexpr std::int64_t kLater = 2048;  // until the next program has begun
    std::int64_t const phase = (responses_.fpga_time(ticket).count() + kLater) % kStep;
    aligned_.clear();
    aligned_.wait_until(FpgaCycles{kLater + (kStep - phase) % kStep});
    aligned_.append(chunk.program);
    return device_->run(aligned_, deadline(chunk.cycles + kLater), responses_);
  }

  /// How many register words were written.
  Result<std::uint64_t> apply_configuration() {
    std::optional<reg::Chip> const unknown;
    Settling const settling = options_.settling.value_or(Settling{});
    Program const program =
        configuration_program(options_.differential ? on_chip_ : unknown, placed_->chip, settling);
    std::uint64_t const words = options_.differential && on_chip_
                                    ? placed_->chip.diff(*on_chip_).size()
                                    : reg::Chip::kWords;
    last_chip_ = placed_->chip;
    if (program.instruction_count() > 0) {
      on_chip_.reset();
      auto const cycles = static_cast<std::int64_t>(program.instruction_count()) +
                          settling.capmem.count() + settling.neuron_config.count();
      if (auto ok = device_->run(program, deadline(cycles), responses_); !ok) {
        return std::move(ok.error()).context("chip configuration");
      }
    }
    on_chip_ = placed_->chip;
    return words;
  }

  [[nodiscard]] Deadline deadline(std::int64_t cycles) const {
    if (options_.deadline) return Deadline::in(*options_.deadline);
    return Deadline::in(Seconds(30 + 10e-6 * static_cast<double>(cycles)));
  }

  static std::string entries_of(Chunk const& chunk) {
    return "batch entries " + std::to_string(chunk.first_entry) + " to " +
           std::to_string(chunk.first_entry + chunk.entries.size() - 1);
  }

  std::unique_ptr<Device> device_;
  std::string name_;
  ChipBackendOptions options_;
  std::optional<Placed> placed_;  ///< of network_ and router_
  Network network_;
  std::shared_ptr<routing::Router const> router_;
  std::shared_ptr<reg::Chip const> base_;
  std::optional<reg::Chip> silent_base_;  ///< of base_
  double decode_time_ = 0;                ///< s, of this run
  std::optional<reg::Chip> on_chip_;      ///< what the chip holds; nothing: unknown
  std::optional<reg::Chip> last_chip_;    ///< of the last run
  Program aligned_;                       ///< of run_chunk, keeps its memory
  std::uint64_t late_messages_ = 0;       ///< of this run
  Responses responses_;                   ///< keeps its memory
};

}  // namespace

Result<std::unique_ptr<Backend>> open_chip_backend(Registry const& registry, std::string_view uri,
                                                   ChipBackendOptions const& options) {
  auto const parsed = Uri::parse(uri);
  if (!parsed) return parsed.error();
  auto link = registry.open(uri);
  if (!link) return link.error();
  auto device = Device::open(std::move(*link));
  if (!device) return device.error();
  bool const model = is_model(parsed->scheme);
  ChipBackendOptions chosen = options;
  if (!chosen.init) chosen.init = model ? InitOptions::for_model() : InitOptions{};
  if (!chosen.aligned) chosen.aligned = model;
  if (!chosen.settling) chosen.settling = model ? Settling::digital() : Settling::analog();
  if (auto ok = (*device)->init(*chosen.init); !ok) {
    return std::move(ok.error()).context("start-up of " + std::string(uri));
  }
  return make_chip_backend(std::move(*device), std::string(uri), chosen);
}

std::unique_ptr<Backend> make_chip_backend(std::unique_ptr<Device> device, std::string name,
                                           ChipBackendOptions const& options) {
  return std::make_unique<ChipBackend>(std::move(device), std::move(name), options);
}

}  // namespace hx::host
