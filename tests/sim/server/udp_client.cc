#include "tests/sim/server/udp_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace hx::sim {
namespace {

constexpr std::array<std::byte, 4> kReset = {std::byte{0xab}, std::byte{0xab}, std::byte{0xab},
                                             std::byte{0xab}};
constexpr Time kPatience = std::chrono::seconds{20};

Time clock_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

Error lost(std::string const& what) {
  return Error{.code = ErrorCode::kLinkLost, .effect = Effect::kUnknown, .message = what};
}

}  // namespace

Result<std::unique_ptr<UdpClient>> UdpClient::open(std::string const& address, std::uint16_t port) {
  std::unique_ptr<UdpClient> client(new UdpClient);
  if (Result<void> started = client->start(address, port); !started) {
    client->abandon();
    return std::move(started).error();
  }
  return client;
}

Result<void> UdpClient::start(std::string const& address, std::uint16_t port) {
  in_addr parsed{};
  ::inet_pton(AF_INET, address.c_str(), &parsed);
  address_ = parsed.s_addr;
  port_ = port;
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int const bytes = 4 << 20;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  window_.reset();
  heard_ = clock_now();
  Time const limit = heard_ + kPatience;
  for (Time next{0}; !has_cfg_;) {
    if (clock_now() > limit) return lost("no answer to the reset");
    if (clock_now() >= next) {
      send_raw(kReset, true);
      next = clock_now() + std::chrono::milliseconds{200};
    }
    if (auto pumped = pump(Deadline::in(std::chrono::milliseconds{50})); !pumped) return pumped;
  }
  for (std::size_t i = 4; i < cfg_.size(); ++i) {
    for (int shift = 56; shift >= 0; shift -= 8)
      information_ += static_cast<char>(cfg_[i] >> shift);
  }
  information_.resize(std::min(information_.size(), information_.find('\0')));
  std::random_device random;
  echo_ = random();
  window_.write(Window::kLoopback, {&echo_, 1});
  while (!has_echo_) {
    if (clock_now() > limit) return lost("no loopback");
    if (auto pumped = pump(Deadline::in(std::chrono::milliseconds{50})); !pumped) return pumped;
  }
  return {};
}

UdpClient::~UdpClient() {
  if (!abandoned_) {
    std::uint64_t const zero = 0;
    Deadline const limit = Deadline::in(std::chrono::seconds{2});
    while (window_.write(Window::kFlush, {&zero, 1}) == 0 && !limit.passed()) (void)pump(limit);
    while (!window_.all_acknowledged() && !limit.passed())
      (void)pump(Deadline::in(std::chrono::milliseconds{10}));
  }
  ::close(socket_);
}

Result<void> UdpClient::send(std::span<std::uint64_t const> words) {
  while (true) {
    words = words.subspan(window_.write(Window::kUt, words));
    Result<void> const pumped =
        pump(words.empty() ? Deadline::now() : Deadline::in(std::chrono::milliseconds{10}));
    if (!pumped || words.empty()) return pumped;
  }
}

Result<std::size_t> UdpClient::receive(std::span<std::uint64_t> words, Deadline deadline) {
  while (true) {
    Result<void> const pumped = pump(first_ < words_.size() ? Deadline::now() : deadline);
    if (!pumped) return pumped.error();
    std::size_t const count = std::min(words.size(), words_.size() - first_);
    std::copy_n(words_.begin() + static_cast<std::ptrdiff_t>(first_), count, words.begin());
    first_ += count;
    if (first_ == words_.size()) {
      words_.clear();
      first_ = 0;
    }
    if (count != 0 || deadline.passed()) return count;
  }
}

LinkStatistics UdpClient::statistics() const {
  WindowStatistics const& counts = window_.statistics();
  LinkStatistics statistics;
  statistics.words_sent = counts.words_sent;
  statistics.words_received = counts.words_received;
  statistics.frames_sent = counts.frames_sent;
  statistics.frames_received = counts.frames_received;
  statistics.frames_resent = counts.frames_resent;
  statistics.frames_dropped = counts.duplicates + counts.damaged;
  return statistics;
}

void UdpClient::send_raw(std::span<std::byte const> bytes, bool to_reset_port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = address_;
  to.sin_port = htons(to_reset_port ? reset_port_of(port_) : port_);
  ::sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr const*>(&to),
           sizeof to);
}

// Sends what is to be sent, waits for datagrams until the deadline, takes those that are there.
Result<void> UdpClient::pump(Deadline deadline) {
  auto const send_all = [&] {
    while (auto const bytes = window_.next(clock_now())) send_raw(*bytes, false);
  };
  if (has_cfg_) send_all();
  Time const timer =
      has_cfg_ && window_.deadline() != kNever ? window_.deadline() - clock_now() : kPatience;
  Time const left = std::clamp<Time>(std::min<Time>(timer, deadline.left()), Time{0},
                                     std::chrono::milliseconds{100});
  timespec const limit{0, static_cast<long>(left.count())};
  pollfd source{socket_, POLLIN, 0};
  if (left.count() > 0) ::ppoll(&source, 1, &limit, nullptr);
  std::array<std::byte, 2048> bytes;
  for (int i = 0; i < 256; ++i) {
    ssize_t const size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size < 0) break;
    heard_ = clock_now();
    window_.receive(std::span(bytes).first(static_cast<std::size_t>(size)), heard_,
                    [this](std::uint16_t type, std::span<std::byte const> payload) {
                      return take(type, payload);
                    });
  }
  if (has_cfg_) send_all();
  if (!window_.all_acknowledged() && clock_now() - heard_ > kPatience)
    return lost("the board is silent");
  if (window_.all_acknowledged()) heard_ = clock_now();
  return {};
}

bool UdpClient::take(std::uint16_t type, std::span<std::byte const> payload) {
  std::vector<std::uint64_t> words(payload.size() / 8);
  for (std::size_t i = 0; i < payload.size(); ++i)
    words[i / 8] = words[i / 8] << 8 | static_cast<std::uint8_t>(payload[i]);
  if (type == Window::kCfg) {
    cfg_.insert(cfg_.end(), words.begin(), words.end());
    has_cfg_ = cfg_.size() >= 4 && cfg_.size() >= 4 + cfg_[3];
  } else if (type == Window::kLoopback) {
    has_echo_ = words.size() == 1 && words[0] == echo_;
  } else if (type == Window::kUt) {
    words_.insert(words_.end(), words.begin(), words.end());
  }
  return true;
}

void add_udp_client(Registry& registry) {
  registry.add("udp", [](Uri const& uri) -> Result<std::unique_ptr<Link>> {
    std::size_t const colon = uri.path.find(':');
    std::uint16_t port = kDataPort;
    if (colon != uri.path.npos)
      std::from_chars(uri.path.data() + colon + 1, uri.path.data() + uri.path.size(), port);
    Result<std::unique_ptr<UdpClient>> client = UdpClient::open(uri.path.substr(0, colon), port);
    if (!client) return std::move(client).error();
    return std::unique_ptr<Link>(std::move(*client));
  });
}

}  // namespace hx::sim
