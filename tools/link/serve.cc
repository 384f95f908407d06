#include "tools/link/serve.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "sim/server/board.h"
#include "tools/link/lease.h"
#include "tools/link/runtime_folder.h"

namespace hx::tools {
namespace {

constexpr char kSuffix[] = ".board";

nlohmann::json to_json(sim::BoardStatus const& status) {
  return {{"address", status.address},
          {"process", static_cast<long>(::getpid())},
          {"target", status.target},
          {"host", status.host},
          {"in_session", status.is_active && !status.host_has_closed},
          {"sessions", status.sessions},
          {"take_overs", status.take_overs},
          {"datagrams_in", status.datagrams_in},
          {"datagrams_out", status.datagrams_out},
          {"strangers", status.strangers},
          {"bad_resets", status.bad_resets},
          {"socket_drops", status.socket_drops},
          {"socket_bytes", status.socket_bytes},
          {"window",
           {{"words_sent", status.window.words_sent},
            {"words_received", status.window.words_received},
            {"frames_sent", status.window.frames_sent},
            {"frames_resent", status.window.frames_resent},
            {"acks_sent", status.window.acks_sent},
            {"frames_received", status.window.frames_received},
            {"duplicates", status.window.duplicates},
            {"out_of_order", status.window.out_of_order},
            {"damaged", status.window.damaged}}},
          {"executor",
           {{"words_in", status.executor.words_in},
            {"words_out", status.executor.words_out},
            {"programs", status.executor.programs},
            {"unknown_words", status.executor.unknown_words},
            {"given_up", status.executor.given_up},
            {"targets_opened", status.executor.targets_opened},
            {"failures", status.executor.failures}}}};
}

// The signals that end or ask; blocked in all threads, so that only `next` sees them.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (int const signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  Signals(Signals const&) = delete;
  Signals& operator=(Signals const&) = delete;
  ~Signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  /// The next one, or 0 after a second.
  [[nodiscard]] int next() const {
    timespec const second{1, 0};
    int const signal = ::sigtimedwait(&set_, nullptr, &second);
    return signal < 0 ? 0 : signal;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

Result<sim::BoardOptions> board_options(ServeOptions const& options, std::size_t index) {
  std::string const& place = options.addresses[index];
  std::size_t const colon = place.find(':');
  sim::BoardOptions board;
  board.address = place.substr(0, colon);
  board.target = options.targets.size() == 1 ? options.targets[0] : options.targets[index];
  if (colon == place.npos) return board;
  auto const [end, error] =
      std::from_chars(place.data() + colon + 1, place.data() + place.size(), board.port);
  if (error == std::errc{} && end == place.data() + place.size()) return board;
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = "'" + place + "' is no address",
               .hint = "ADDRESS or ADDRESS:PORT, e.g. 127.0.0.1:1234"};
}

// The state of all boards in the runtime folder, as long as this lives.
class Announcement {
 public:
  explicit Announcement(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Announcement(Announcement const&) = delete;
  Announcement& operator=(Announcement const&) = delete;
  ~Announcement() {
    std::error_code error;
    for (auto const& path : paths_) std::filesystem::remove(path, error);
  }
  Result<void> update(std::vector<std::unique_ptr<sim::Board>> const& boards) {
    paths_.clear();
    for (auto const& board : boards) {
      sim::BoardStatus const status = board->status();
      Result<std::string> const key = board_key(status.address);
      if (!key) return key.error();
      paths_.push_back(folder_ / (*key + kSuffix));
      if (Result<void> written = replace_file(paths_.back(), to_json(status).dump(1) + "\n");
          !written)
        return written;
    }
    return {};
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> paths_;
};

Result<std::vector<std::unique_ptr<sim::Board>>> start_boards(ServeOptions const& options,
                                                              Registry const& registry,
                                                              sim::Log& log) {
  Result<sim::FaultOptions> const fault = sim::parse_faults(options.fault);
  if (!fault) return fault.error();
  std::shared_ptr<sim::SharedCapture> capture;
  if (!options.capture.empty()) {
    auto file = capture::PcapngWriter::create(options.capture, capture::kLinkTypeIpv4, "hx serve");
    if (!file) return std::move(file).error();
    capture = std::make_shared<sim::SharedCapture>(std::move(*file));
  }
  std::vector<std::unique_ptr<sim::Board>> boards;
  for (std::size_t i = 0; i < options.addresses.size(); ++i) {
    Result<sim::BoardOptions> board = board_options(options, i);
    if (!board) return std::move(board).error();
    board->fault = *fault;
    board->capture = capture;
    // A target that cannot be opened is told now, not to the first client.
    Result<std::unique_ptr<Link>> const trial = registry.open(board->target);
    if (!trial) return trial.error();
    Result<std::unique_ptr<sim::Board>> started = sim::Board::start(*board, registry, log);
    if (!started) return std::move(started).error();
    boards.push_back(std::move(*started));
  }
  return boards;
}

nlohmann::json read_board(std::filesystem::path const& path) {
  nlohmann::json json = nlohmann::json::parse(read_small_file(path), nullptr, false);
  if (!json.is_object() || !json.contains("process") || !json["process"].is_number_integer() ||
      !is_alive(json["process"].get<long>()))
    return {};
  return json;
}

std::string text_in(nlohmann::json const& json, char const* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
}

void list_configured(std::ostream& out) {
  for (char const* const variable : {"HX_BOARDS", "SLURM_FPGA_IPS"}) {
    char const* const value = std::getenv(variable);
    std::istringstream list(value == nullptr ? "" : value);
    for (std::string board; std::getline(list, board, ',');)
      out << "udp:" << board << "  configured in " << variable << "\n";
  }
}

}  // namespace

Result<void> serve(ServeOptions const& options, Registry const& registry, std::ostream& out) {
  if (options.addresses.empty() || options.targets.empty() ||
      (options.targets.size() != 1 && options.targets.size() != options.addresses.size())) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = std::to_string(options.targets.size()) + " targets for " +
                            std::to_string(options.addresses.size()) + " addresses",
                 .hint = "give --target once, or once for each --udp"};
  }
  Result<std::filesystem::path> const folder = runtime_folder();
  if (!folder) return folder.error();
  std::ofstream file;
  if (!options.log.empty()) {
    file.open(options.log, std::ios::app);
    if (!file)
      return Error{.code = ErrorCode::kIo, .message = "cannot write the log " + options.log};
  }
  Signals const signals;  // before the threads, which inherit it
  sim::Log log(options.log.empty() ? &std::cerr : static_cast<std::ostream*>(&file));
  auto boards = start_boards(options, registry, log);
  if (!boards) return std::move(boards).error();
  Announcement announcement(*folder);
  if (Result<void> announced = announcement.update(*boards); !announced) return announced;
  for (auto const& board : *boards) out << "serving udp:" << board->status().address << std::endl;
  while (true) {
    int const signal = signals.next();
    // A folder that is gone is no reason to leave the clients alone.
    if (Result<void> announced = announcement.update(*boards); !announced)
      log.line(announced.error().text());
    if (signal == SIGUSR1) {
      for (auto const& board : *boards) log.line(to_json(board->status()).dump());
    }
    if (signal == SIGINT || signal == SIGTERM) return {};
  }
}

Result<void> list_boards(std::ostream& out) {
  Result<std::filesystem::path> const folder = runtime_folder();
  if (!folder) return folder.error();
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(*folder, error)) {
    if (entry.path().extension() != kSuffix) continue;
    nlohmann::json const board = read_board(entry.path());
    if (!board.is_object()) continue;
    bool const busy = board.contains("in_session") && board["in_session"] == true;
    out << "udp:" << text_in(board, "address") << "  served by process "
        << board["process"].get<long>() << ", target " << text_in(board, "target")
        << (busy ? ", in use by " + text_in(board, "host") : ", free") << "\n";
  }
  list_configured(out);
  Result<std::vector<Lease>> const held = leases();
  if (!held) return held.error();
  for (Lease const& lease : *held) out << lease.board << "  leased to " << lease.holder << "\n";
  return {};
}

Result<void> print_board_statistics(std::string const& board, std::ostream& out) {
  Result<std::string> const key = board_key(board);
  if (!key) return key.error();
  Result<std::filesystem::path> const folder = runtime_folder();
  if (!folder) return folder.error();
  nlohmann::json const status = read_board(*folder / (*key + kSuffix));
  if (!status.is_object()) {
    return Error{.code = ErrorCode::kNotFound,
                 .message = "no server of this computer serves " + board,
                 .hint = "hx list shows what there is"};
  }
  out << status.dump(1) << "\n";
  return {};
}

}  // namespace hx::tools
