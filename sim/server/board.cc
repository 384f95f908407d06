#include "sim/server/board.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hx::sim {
namespace {

constexpr std::size_t kBatch = 64;  // datagrams per system call
constexpr std::size_t kDatagramBytes =
    2048;  // longer ones are none of ours; they arrive cut and are damaged
constexpr unsigned kReadsPerTurn = 16;  // batches, so that a flood does not keep us from answering
constexpr unsigned kPortTrials = 64;
constexpr std::chrono::milliseconds kPublishEvery{200};

Time clock_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

sockaddr_in to_sockaddr(capture::Endpoint const& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(endpoint.address);
  address.sin_port = htons(endpoint.port);
  return address;
}

capture::Endpoint to_endpoint(sockaddr_in const& address) {
  return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)};
}

Error refused(std::string const& what) {
  return Error{.code = ErrorCode::kIo,
               .message = what + ": " + std::strerror(errno),
               .hint = errno == EADDRINUSE
                           ? "another server has it; hx list shows those of this computer"
                       : errno == EADDRNOTAVAIL ? "the address is not one of this computer"
                                                : ""};
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

Result<int> bound_socket(std::uint32_t address, std::uint16_t port, std::string const& name) {
  int const descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return refused("no socket for " + name);
  sockaddr_in const place = to_sockaddr({address, port});
  if (::bind(descriptor, reinterpret_cast<sockaddr const*>(&place), sizeof place) == 0)
    return descriptor;
  Error error = refused("cannot listen on " + name);
  ::close(descriptor);
  return error;
}

std::uint16_t port_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::string information(BoardOptions const& options, std::string const& name) {
  return "version: 1\ncompatible_until: 2\nrepository: openhx\nboard: " + name + "\ntarget: \"" +
         options.target + "\"\n";
}

}  // namespace

void SharedCapture::write(capture::Direction direction, capture::Endpoint const& from,
                          capture::Endpoint const& to, std::span<std::byte const> payload) {
  std::lock_guard const lock(mutex_);
  if (!file_) return;
  capture::encode_udp(from, to, payload, packet_);
  if (!file_->write(capture::now_ns(), direction, packet_)) file_.reset();
}

void SharedCapture::flush() {
  std::lock_guard const lock(mutex_);
  if (file_ && !file_->flush()) file_.reset();
}

// Memory for system calls that take many datagrams at once.
struct Board::Buffers {
  std::array<std::array<std::byte, kDatagramBytes>, kBatch> bytes;
  std::array<std::array<std::byte, 64>, kBatch> control;
  std::array<sockaddr_in, kBatch> sources;
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> messages;

  std::array<iovec, kBatch> out_parts;
  std::array<mmsghdr, kBatch> out_messages;
  std::size_t out = 0;

  // The next datagrams of a socket; their number.
  std::size_t receive(int descriptor) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {bytes[i].data(), bytes[i].size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &sources[i];
      messages[i].msg_hdr.msg_namelen = sizeof sources[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = control[i].data();
      messages[i].msg_hdr.msg_controllen = control[i].size();
    }
    int const count = ::recvmmsg(descriptor, messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  [[nodiscard]] std::span<std::byte const> datagram(std::size_t i) const {
    return std::span(bytes[i]).first(messages[i].msg_len);
  }
  // The kernel's count of datagrams that found the socket full, if it says one.
  std::optional<std::uint32_t> drops(std::size_t i) {
    msghdr& header = messages[i].msg_hdr;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t count = 0;
      std::memcpy(&count, CMSG_DATA(part), sizeof count);
      return count;
    }
    return std::nullopt;
  }
};

Result<std::unique_ptr<Board>> Board::start(BoardOptions options, Registry const& registry,
                                            Log& log) {
  if (Result<Uri> const uri = Uri::parse(options.target); !uri) return uri.error();
  std::unique_ptr<Board> board(new Board(std::move(options), registry, log));
  if (Result<void> opened = board->open_sockets(); !opened) return std::move(opened).error();
  board->session_ = std::make_unique<BoardSession>(information(board->options_, board->name_));
  board->executor_ = std::make_unique<Executor>(
      [&registry, target = board->options_.target] { return registry.open(target); },
      [raw = board.get()] { raw->wake(); });
  board->counters_.address = board->name_;
  board->counters_.port = board->port_;
  board->counters_.target = board->options_.target;
  board->publish();
  board->thread_ = std::thread([raw = board.get()] { raw->run(); });
  log.line(board->name_ + ": serves " + board->options_.target);
  return board;
}

Board::Board(BoardOptions options, Registry const&, Log& log)
    : options_(std::move(options)),
      log_(log),
      buffers_(std::make_unique<Buffers>()),
      in_faults_(options_.fault),
      out_faults_(options_.fault) {}

Board::~Board() {
  stop_ = true;
  if (thread_.joinable()) {
    wake();
    thread_.join();
    log_.line(name_ + ": stopped after " + std::to_string(counters_.sessions) + " sessions");
  }
  executor_.reset();
  close_if_open(data_socket_);
  close_if_open(reset_socket_);
  close_if_open(wake_event_);
}

Result<void> Board::open_sockets() {
  in_addr parsed{};
  if (::inet_pton(AF_INET, options_.address.c_str(), &parsed) != 1) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "'" + options_.address + "' is no IPv4 address",
                 .hint = "e.g. 127.0.0.1:1234"};
  }
  address_ = ntohl(parsed.s_addr);
  for (unsigned trial = 0; reset_socket_ < 0; ++trial) {
    close_if_open(data_socket_);
    Result<int> const data =
        bound_socket(address_, options_.port, capture::to_text({address_, options_.port}));
    if (!data) return data.error();
    data_socket_ = *data;
    port_ = port_of(data_socket_);
    std::uint16_t const reset_port = reset_port_of(port_);
    Result<int> const reset =
        bound_socket(address_, reset_port, capture::to_text({address_, reset_port}));
    if (reset) {
      reset_socket_ = *reset;
    } else if (options_.port != 0 || trial >= kPortTrials) {
      return reset.error();
    }
  }
  name_ = capture::to_text({address_, port_});
  int const one = 1;
  ::setsockopt(data_socket_, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
  for (int const option : {SO_RCVBUF, SO_SNDBUF})
    ::setsockopt(data_socket_, SOL_SOCKET, option, &options_.socket_bytes,
                 sizeof options_.socket_bytes);
  socklen_t size = sizeof counters_.socket_bytes;
  ::getsockopt(data_socket_, SOL_SOCKET, SO_RCVBUF, &counters_.socket_bytes, &size);
  wake_event_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_event_ < 0) return refused("no event for " + name_);
  return {};
}

BoardStatus Board::status() const {
  std::lock_guard const lock(mutex_);
  return status_;
}

void Board::run() {
  Time published = clock_now();
  while (!stop_) {
    Time const now = clock_now();
    read_resets();
    read_data(now);
    move_words(now);
    send_all(now);
    if (now - published >= kPublishEvery) {
      published = now;
      publish();
    }
    wait(clock_now());
  }
  publish();
}

void Board::read_resets() {
  for (unsigned turn = 0; turn < kReadsPerTurn; ++turn) {
    std::size_t const count = buffers_->receive(reset_socket_);
    for (std::size_t i = 0; i < count; ++i)
      begin_session(buffers_->datagram(i), to_endpoint(buffers_->sources[i]));
    if (count < kBatch) break;
  }
}

void Board::begin_session(std::span<std::byte const> bytes, capture::Endpoint const& source) {
  bool const was_open = session_->is_active() && !session_->host_has_closed();
  if (!session_->receive_reset(bytes)) {
    ++counters_.bad_resets;
    return;
  }
  if (options_.capture) {
    options_.capture->write(capture::Direction::kToFpga, source, {address_, reset_port_of(port_)},
                            bytes);
  }
  bool const is_take_over = was_open && !(source == peer_);
  ++counters_.sessions;
  if (is_take_over) ++counters_.take_overs;
  log_.line(name_ + ": session " + std::to_string(counters_.sessions) + " from " +
            capture::to_text(source) +
            (is_take_over ? ", taken over from " + capture::to_text(peer_) : ""));
  peer_ = source;
  counters_.host = capture::to_text(peer_);
  has_logged_close_ = false;
  answers_.clear();
  answered_ = 0;
  in_faults_.clear();
  out_faults_.clear();
  executor_->reset();
  publish();
}

void Board::read_data(Time now) {
  for (unsigned turn = 0; turn < kReadsPerTurn; ++turn) {
    std::size_t const count = buffers_->receive(data_socket_);
    for (std::size_t i = 0; i < count; ++i) {
      ++counters_.datagrams_in;
      if (auto const drops = buffers_->drops(i)) counters_.socket_drops = *drops;
      if (!session_->is_active() || !(to_endpoint(buffers_->sources[i]) == peer_)) {
        ++counters_.strangers;
      } else if (options_.fault.is_any()) {
        in_faults_.push(buffers_->datagram(i), now);
      } else {
        take_datagram(buffers_->datagram(i), now);
      }
    }
    if (count != 0) move_words(now);
    if (count < kBatch) break;
  }
  while (auto const bytes = in_faults_.pop(now)) take_datagram(*bytes, now);
}

void Board::take_datagram(std::span<std::byte const> bytes, Time now) {
  if (options_.capture)
    options_.capture->write(capture::Direction::kToFpga, peer_, {address_, port_}, bytes);
  session_->receive(bytes, now);
}

void Board::move_words(Time now) {
  if (std::size_t const count = executor_->give(session_->words()); count != 0)
    session_->drop(count, now);
  if (session_->host_has_closed() && !std::exchange(has_logged_close_, true)) {
    log_.line(name_ + ": closed by " + capture::to_text(peer_) + ", " +
              std::to_string(session_->statistics().words_received) + " words in, " +
              std::to_string(session_->statistics().words_sent) + " out since the start");
  }
  if (std::optional<Error> const error = executor_->failure()) {
    log_.line(name_ + ": the target failed: " + error->text());
    session_->end();  // the host takes the silence for a board that is gone
  }
  if (answered_ == answers_.size()) {
    answers_.clear();
    answered_ = 0;
    executor_->take(answers_);
  }
  if (answered_ == answers_.size()) return;
  answered_ += session_->write(std::span(answers_).subspan(answered_));
}

void Board::send_all(Time now) {
  while (auto const bytes = session_->next(now)) {
    if (options_.fault.is_any()) {
      out_faults_.push(*bytes, now);
    } else {
      // An acknowledgement lies where the next one is written; all others have a place of their own.
      send_now(*bytes);
      if (bytes->size() == 4) flush_sends();
    }
  }
  flush_sends();
  while (auto const bytes = out_faults_.pop(now)) {
    send_now(*bytes);
    flush_sends();
  }
}

void Board::send_now(std::span<std::byte const> bytes) {
  if (options_.capture)
    options_.capture->write(capture::Direction::kFromFpga, {address_, port_}, peer_, bytes);
  Buffers& buffers = *buffers_;
  if (buffers.out == kBatch) flush_sends();
  buffers.out_parts[buffers.out] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  ++buffers.out;
}

// What the kernel does not take is lost on the way like any datagram, and repeated.
void Board::flush_sends() {
  Buffers& buffers = *buffers_;
  sockaddr_in to = to_sockaddr(peer_);
  for (std::size_t i = 0; i < buffers.out; ++i) {
    buffers.out_messages[i] = {};
    buffers.out_messages[i].msg_hdr.msg_name = &to;
    buffers.out_messages[i].msg_hdr.msg_namelen = sizeof to;
    buffers.out_messages[i].msg_hdr.msg_iov = &buffers.out_parts[i];
    buffers.out_messages[i].msg_hdr.msg_iovlen = 1;
  }
  std::size_t done = 0;
  while (done < buffers.out) {
    int const sent = ::sendmmsg(data_socket_, buffers.out_messages.data() + done,
                                static_cast<unsigned>(buffers.out - done), MSG_DONTWAIT);
    // An error is about the first one, and often about an earlier one (nobody listens there).
    if (sent <= 0 && (errno == EAGAIN || errno == ENOBUFS)) break;
    done += sent > 0 ? static_cast<std::size_t>(sent) : 1;
  }
  counters_.datagrams_out += done;
  buffers.out = 0;
}

void Board::wait(Time now) {
  Time due = now + kPublishEvery;
  due = std::min({due, session_->deadline(), in_faults_.due(), out_faults_.due()});
  bool const waits = answered_ < answers_.size() || !session_->words().empty();
  if (waits) due = std::min(due, now + std::chrono::milliseconds{1});
  auto const left = std::max(due - now, Time{0});
  timespec const limit{static_cast<time_t>(left.count() / 1'000'000'000),
                       static_cast<long>(left.count() % 1'000'000'000)};
  std::array<pollfd, 3> sources = {
      pollfd{data_socket_, POLLIN, 0}, {reset_socket_, POLLIN, 0}, {wake_event_, POLLIN, 0}};
  ::ppoll(sources.data(), sources.size(), &limit, nullptr);
  if ((sources[2].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t const taken = ::read(wake_event_, &count, sizeof count);
  }
  if ((sources[0].revents & POLLERR) != 0) {  // the host's port is closed: takes the message away
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(data_socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  }
}

void Board::publish() {
  counters_.is_active = session_->is_active();
  counters_.host_has_closed = session_->host_has_closed();
  counters_.window = session_->statistics();
  counters_.executor = executor_->statistics();
  if (options_.capture) options_.capture->flush();
  std::lock_guard const lock(mutex_);
  status_ = counters_;
}

void Board::wake() {
  std::uint64_t const one = 1;
  [[maybe_unused]] ssize_t const written = ::write(wake_event_, &one, sizeof one);
}

}  // namespace hx::sim
