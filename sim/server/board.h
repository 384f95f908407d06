/// A board at a UDP address, simulated: what speaks HostARQ to a real one can speak to it.
///
///     Result<std::unique_ptr<Board>> board = Board::start({.address = "127.0.0.1", .port = 1234, .target = "twin:"}, registry, log);
///     ...                                        // it serves on threads of its own
///     board->reset();                            // stops
///
/// A reset datagram begins a session with a board just powered on: a target is opened for it, and whoever had the board before hears nothing
/// more. Datagrams from anybody but the session's host, and those that are damaged, are counted and dropped. Simulated time advances only
/// while a program executes, so the words of a session depend on the words sent alone: they are those of the target in the same process.
///
/// Memory is bounded whatever is sent: windows, queues (some 10 million words each way) and the log have limits.
///
/// `registry` and `log` outlive the board. Threads: all calls from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "driver/base/result.h"
#include "driver/capture/exchange.h"
#include "driver/link/registry.h"
#include "sim/server/executor.h"
#include "sim/server/fault.h"
#include "sim/server/log.h"
#include "sim/server/session.h"

namespace hx::sim {

/// A capture file that several boards write.
class SharedCapture {
 public:
  explicit SharedCapture(std::unique_ptr<capture::PcapngWriter> file) : file_(std::move(file)) {}
  /// Appends a datagram; a disk that is full ends the capture, not the server.
  void write(capture::Direction direction, capture::Endpoint const& from,
             capture::Endpoint const& to, std::span<std::byte const> payload);
  void flush();

 private:
  std::mutex mutex_;
  std::unique_ptr<capture::PcapngWriter> file_;
  std::vector<std::byte> packet_;
};

struct BoardOptions {
  std::string address = "127.0.0.1";  ///< IPv4; 0.0.0.0: all of this computer
  std::uint16_t port = kDataPort;     ///< of data, the reset port follows from it; 0: any free pair
  std::string target = "twin:";
  FaultOptions fault = {};
  std::shared_ptr<SharedCapture> capture = nullptr;
  int socket_bytes = 4 << 20;  ///< asked for; what is granted is in the status
};

struct BoardStatus {
  std::string address;  ///< "127.0.0.1:1234"
  std::uint16_t port = 0;
  std::string target;
  std::string host;  ///< of the session; empty: none yet
  bool is_active = false;
  bool host_has_closed = false;
  std::uint64_t sessions = 0;    ///< resets that began one
  std::uint64_t take_overs = 0;  ///< of those: while another host had not closed
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_out = 0;
  std::uint64_t strangers = 0;     ///< datagrams from others than the session's host
  std::uint64_t bad_resets = 0;    ///< datagrams on the reset port that are none
  std::uint64_t socket_drops = 0;  ///< datagrams that the kernel dropped: the socket was full
  int socket_bytes = 0;
  WindowStatistics window;
  ExecutorStatistics executor;
};

class Board {
 public:
  /// Opens the sockets and starts serving. kIo if the address is taken or not ours, kInvalidArgument if it is none.
  static Result<std::unique_ptr<Board>> start(BoardOptions options, Registry const& registry,
                                              Log& log);
  ~Board();
  Board(Board const&) = delete;
  Board& operator=(Board const&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] BoardStatus status() const;

 private:
  Board(BoardOptions options, Registry const& registry, Log& log);
  Result<void> open_sockets();
  void run();
  void read_resets();
  void read_data(Time now);
  void begin_session(std::span<std::byte const> bytes, capture::Endpoint const& source);
  void take_datagram(std::span<std::byte const> bytes, Time now);
  void move_words(Time now);
  void send_all(Time now);
  void send_now(std::span<std::byte const> bytes);
  void flush_sends();
  void wait(Time now);
  void publish();
  void wake();

  struct Buffers;

  BoardOptions options_;
  Log& log_;
  std::string name_;
  std::uint16_t port_ = 0;
  std::uint32_t address_ = 0;
  int data_socket_ = -1;
  int reset_socket_ = -1;
  int wake_event_ = -1;
  std::atomic<bool> stop_{false};
  std::unique_ptr<Buffers> buffers_;
  std::unique_ptr<BoardSession> session_;
  std::unique_ptr<Executor> executor_;
  FaultStage in_faults_;
  FaultStage out_faults_;
  capture::Endpoint peer_;
  std::vector<std::uint64_t> answers_;
  std::size_t answered_ = 0;  // words of answers_ in the window
  bool has_logged_close_ = false;
  BoardStatus counters_;  // of the network thread
  mutable std::mutex mutex_;
  BoardStatus status_;
  std::thread thread_;
};

}  // namespace hx::sim
