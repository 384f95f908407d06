#include "sim/twin/twin_model.h"

#include <algorithm>

#include "driver/base/check.h"

namespace hx::sim {
namespace {

ChipOptions chip_options(TwinOptions const& options) {
  HX_CHECK(options.padi_ports == 1 || options.padi_ports == 4)
      << options.padi_ports << " array ports per hemisphere";
  HX_CHECK(options.row_port <= 2) << "row port " << options.row_port;
  ChipOptions chip;
  chip.arrays.synapses.padi_ports = options.padi_ports;
  chip.arrays.synapses.row_port = options.row_port;
  chip.arrays.mismatch = options.mismatch;
  chip.cadc_noise = options.cadc_noise;
  return chip;
}

}  // namespace

TwinModel::TwinModel(TwinOptions const& options)
    : playback_(options.playback_words),
      lanes_(options.link_up),
      trace_(systime_, down_, lanes_, answers_, jtag_),
      encoder_(trace_),
      executor_registers_(systime_),
      link_registers_(traffic_),
      executor_(
          {playback_, up_, bus_, answers_, jtag_, systime_, trace_, executor_registers_, traffic_}),
      chip_(chip_options(options), up_, down_, jtag_.tap()) {
  up_.set_up(options.link_up);
  executor_registers_.connect(executor_);
  bus_.attach(ExecutorRegisters::kFirst, ExecutorRegisters::kLast, executor_registers_);
  bus_.attach(ExecutorRegisters::kSystimeFirst, ExecutorRegisters::kSystimeLast,
              executor_registers_);
  bus_.attach(LinkRegisters::kLanesFirst, LinkRegisters::kLanesLast, link_registers_);
  bus_.attach(LinkRegisters::kPhyFirst, LinkRegisters::kPhyLast, link_registers_);
  bus_.attach(LinkRegisters::kTestFirst, LinkRegisters::kTestLast, link_registers_);
  bus_.attach(LinkRegisters::kWordsFirst, LinkRegisters::kWordsLast, link_registers_);
  bus_.attach(0, FpgaMemories::kSramLast, memories_);
  bus_.attach(FpgaMemories::kDramFirst, FpgaMemories::kDramLast, memories_);
  bus_.attach(SerialRegisters::kFirst, SerialRegisters::kLast, serial_registers_);
  bus_.attach(EventRoutes::kOutputFirst, EventRoutes::kOutputLast, event_routes_);
  bus_.attach(EventRoutes::kInputFirst, EventRoutes::kInputLast, event_routes_);
  bus_.attach(EventRoutes::kConfig, EventRoutes::kConfig, event_routes_);
  bus_.attach(EventRoutes::kIncomingFirst, EventRoutes::kIncomingLast, event_routes_);
  bus_.attach(EventRoutes::kOutgoingFirst, EventRoutes::kOutgoingLast, event_routes_);
}

std::size_t TwinModel::fill(std::span<std::uint64_t const> words) {
  std::size_t const count = playback_.fill(words);
  executor_.wake(clock_);
  return count;
}

Model::Ran TwinModel::run(std::uint64_t clocks) {
  Clock const begin = clock_;
  Clock const end = begin + clocks;
  Ran ran;
  while (clock_ < end && !ran.run_ended) ran.run_ended = step(end);
  ran.clocks = clock_ - begin;
  return ran;
}

void TwinModel::take(std::vector<std::uint64_t>& words) {
  if (clock_ != 0) encoder_.catch_up(clock_ - 1);
  auto& left = encoder_.words();
  words.insert(words.end(), left.begin(), left.end());
  left.clear();
}

void TwinModel::feed(std::uint64_t word) {
  step(clock_ + 1);
  word_offered_ = true;
  offered_word_ = word;
}

void TwinModel::abort() {
  step(clock_ + 1);
  abort_ = true;
}

std::string TwinModel::describe() const {
  return "twin: functional model of FPGA and chip in this process";
}

// Next clock in which anything but the executor has something to do; the clock before clock_ is the last one computed.
Clock TwinModel::next_of_others() const {
  if (chip_.busy() || chip_reset_ != chip_.in_reset()) return clock_;
  Clock next = std::min({down_.next(), trace_.next(), chip_.next_completion(), rare_next_});
  if (encoder_.ends_run()) next = std::min(next, encoder_.next());
  return std::min(next, chip_.next(clock_ - 1));
}

// The same of the blocks that do nothing in most clocks. They change by themselves and by the executor; SpikeIO and routing tables also
// by packs that arrive.
Clock TwinModel::next_of_rare() const {
  Clock const labels = std::min(up_.next_enter(), event_routes_.next_label());
  Clock const lanes = std::min(lanes_due_, lanes_.next());
  return std::min({bus_.next(), jtag_.next(clock_ - 1), lanes, labels, systime_.next()});
}

bool TwinModel::step(Clock end) {
  Clock const others = next_of_others();
  // A blocked instruction is tried again after anything that may help it.
  bool const retry = abort_ || word_offered_ || (acted_ && executor_.blocked());
  Clock const own = retry ? clock_ : executor_.next();
  Clock const now = std::max(clock_, std::min(others, own));
  if (now >= end) {
    clock_ = end;
    return false;
  }
  clock_ = now + 1;
  acted_ = others <= now;
  bool const executes = own <= now;
  if (executes || rare_next_ <= now || chip_reset_ || chip_.in_reset()) [[unlikely]]
    return step_all(now, executes);

  if (down_.next() <= now) arrive(now);
  bool const ended = record(now);
  chip_.act(now, false);
  if (chip_.next_completion() <= now) complete_chip(now);
  if (chip_.take_lanes_touched()) [[unlikely]]
    rare_next_ = lanes_due_ = clock_;
  return ended;
}

// A clock in which more happens than that events move.
bool TwinModel::step_all(Clock now, bool executes) {
  if (lanes_due_ <= now || lanes_.next() <= now) update_lanes(now);
  bool const bus = bus_.next() <= now;
  if (bus) bus_.read(now);
  if (executes) executor(now);
  if (event_routes_.next_label() <= now) send_routed(now);
  if (up_.next_enter() <= now) traffic_.enters(up_.enter(now).is_write);
  if (down_.next() <= now) arrive(now);
  bool const ended = record(now);
  if (jtag_.next(now - 1) <= now) jtag_.act(now, chip_reset_, chip_.pll().omnibus_on(now));
  bool const shifts_pll = jtag_.tap().has_pll_write();
  if (shifts_pll) {
    Tap::PllWrite const shifted = jtag_.tap().take_pll_write();
    chip_.pll().announce(shifted.index, shifted.data, now);
  }
  if (bus) act_fpga(now);
  bool const sync = systime_.next() == now;
  std::uint64_t const base = sync ? chip_.sync_base() : 0;
  chip_.act(now, chip_reset_);
  if (chip_.next_completion() <= now) complete_chip(now);
  if (bus) bus_.write(now);
  if (shifts_pll) chip_.pll().carry_out(now);
  if (sync && !up_.up()) {
    systime_.fail(executor_registers_.tries(), now);
  } else if (sync) {
    systime_.load(base, now);
    chip_.set_time(base, now);
    trace_.time_set();
  }
  // The pin resets the test access port too.
  if (chip_reset_) jtag_.tap().reset();
  bool const touched = chip_.take_lanes_touched() || shifts_pll ||
                       fpga_lanes_ != link_registers_.lane_enable() ||
                       chip_reset_ != executor_.chip_reset();
  if (touched) lanes_due_ = clock_;
  chip_reset_ = executor_.chip_reset();
  rare_next_ = next_of_rare();
  return ended;
}

// What enables and clocks of the lanes mean from clock `now` on.
void TwinModel::update_lanes(Clock now) {
  fpga_lanes_ = link_registers_.lane_enable();
  lanes_.see(fpga_lanes_ & chip_.lane_enable(now, chip_reset_), now);
  lanes_.advance(now);
  Clock const clocks_from = chip_.pll().lanes_from();
  lanes_due_ = clocks_from > now ? clocks_from : kNever;
  link_registers_.set_up(lanes_.lanes_up(), now);
  traffic_.set_lane(lanes_.first());
  up_.set_up(lanes_.up());
}

// Trace and encoder. True at the end of a run.
bool TwinModel::record(Clock now) {
  constexpr std::size_t kBatch = 32;  // messages that stay in the cache
  if (trace_.next() <= now) {
    if (trace_.full()) [[unlikely]]
      encoder_.catch_up(now - 1);
    trace_.act(now);
  }
  return (encoder_.ends_run() || trace_.size() >= kBatch) && encoder_.catch_up(now);
}

// A label of SpikeIO or the routing tables goes when the executor sends none.
void TwinModel::send_routed(Clock now) {
  if (executor_.sent_labels(now) || !up_.has_room()) return;
  up_.push_labels(1, event_routes_.take_label(now), now);
  if (up_.up()) traffic_.labels(1);
}

void TwinModel::executor(Clock now) {
  executor_.act(now, abort_);
  abort_ = false;
  if (word_offered_) executor_.accept(offered_word_, now);
  word_offered_ = false;
}

void TwinModel::arrive(Clock now) {
  bool const recording = executor_registers_.event_recording();
  if (down_.arrives(now)) {
    traffic_.pack();
    if (event_routes_.arrive(down_.pack(), now)) [[unlikely]] {
      bus_.update();
      rare_next_ = clock_;
    }
    if (recording)
      trace_.arrive(down_.pack());
    else
      down_.gone(now);
    down_.take();
  }
  if (down_.sample_arrives(now)) {
    std::uint32_t const sample = down_.take_sample();
    if (recording) trace_.arrive_sample(sample);
  }
}

void TwinModel::act_fpga(Clock now) {
  bus_.act(now);
  if (!bus_.completes(now)) return;
  FpgaBus::Completion const done = bus_.take();
  answers_.fpga_done(done.tag, done.data, now);
  if (done.tag.poll) executor_.poll_done(done.data);
}

void TwinModel::complete_chip(Clock now) {
  Chip::Completion const done = chip_.take_completion();
  if (done.is_jtag) {
    jtag_.tap().access_done(done.data);
    return;
  }
  AccessTag const tag = answers_.chip_done(done.data, now);
  if (tag.answer || tag.poll) traffic_.read_done();
  if (tag.poll) executor_.poll_done(done.data);
}

std::unique_ptr<Model> make_twin(TwinOptions options) {
  return std::make_unique<TwinModel>(options);
}

}  // namespace hx::sim
