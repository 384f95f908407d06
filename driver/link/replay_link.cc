#include "driver/link/replay_link.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "driver/ut/message.h"
#include "driver/ut/text.h"

namespace hx {
namespace {

constexpr std::uint64_t kComma = std::uint64_t{1} << 63;

// Idle words have no meaning and may be anywhere.
std::vector<std::uint64_t> without_idle(std::span<std::uint64_t const> words) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t const word : words) {
    if ((word & kComma) == 0) out.push_back(word);
  }
  return out;
}

std::string text_of(std::uint64_t word) {
  std::vector<std::string> const lines =
      capture::Narrator(capture::Direction::kToFpga).lines({&word, 1});
  return lines.empty() ? "nothing" : lines.front();
}

bool same(std::uint64_t left, std::uint64_t right) {
  return left == right ||
         !capture::first_difference(capture::Direction::kToFpga, {&left, 1}, {&right, 1});
}

Result<std::size_t> chosen_session(Uri const& uri, std::size_t sessions) {
  auto const text = uri.get("session");
  if (!text) return std::size_t{0};
  std::size_t number = 0;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc{} && end == text->data() + text->size() && number >= 1 &&
      number <= sessions)
    return number - 1;
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = "session=" + std::string(*text) + " is not in the capture",
               .hint = "it holds " + std::to_string(sessions) + ", the first is 1"};
}

Result<std::unique_ptr<Link>> open_replay(Uri const& uri) {
  if (auto known = uri.allow_only({"session"}); !known) return std::move(known).error();
  Result<std::vector<capture::Exchange>> sessions = capture::read_exchanges(uri.path);
  if (!sessions) return std::move(sessions).error();
  Result<std::size_t> const session = chosen_session(uri, sessions->size());
  if (!session) return session.error();
  return std::unique_ptr<Link>(std::make_unique<ReplayLink>(sessions->at(*session), uri.path));
}

}  // namespace

ReplayLink::ReplayLink(capture::Exchange const& recorded, std::string name)
    : name_(std::move(name)) {
  for (capture::Batch const& batch : recorded.batches) {
    if (batch.direction == capture::Direction::kToFpga) {
      std::vector<std::uint64_t> const words = without_idle(batch.words);
      questions_.insert(questions_.end(), words.begin(), words.end());
    } else {
      answers_.insert(answers_.end(), batch.words.begin(), batch.words.end());
      order_.push_back({questions_.size(), answers_.size()});
    }
  }
}

Result<void> ReplayLink::send(std::span<std::uint64_t const> words) {
  if (is_lost_) {
    return Error{.code = ErrorCode::kLinkLost,
                 .message = "the session differs from the recording " + name_,
                 .hint = "the first difference was reported before"};
  }
  statistics_.words_sent += words.size();
  for (std::uint64_t const word : words) {
    if ((word & kComma) != 0) continue;
    if (sent_ == questions_.size() || !same(word, questions_[sent_])) return diverged(word);
    ++sent_;
  }
  for (; next_ < order_.size() && order_[next_].after <= sent_; ++next_)
    available_ = order_[next_].end;
  return {};
}

Result<std::size_t> ReplayLink::receive(std::span<std::uint64_t> words, Deadline deadline) {
  if (is_lost_) {
    return Error{.code = ErrorCode::kLinkLost,
                 .message = "the session differs from the recording " + name_};
  }
  // What was there before the first word was sent.
  for (; next_ < order_.size() && order_[next_].after <= sent_; ++next_)
    available_ = order_[next_].end;
  std::size_t const count = std::min(words.size(), available_ - taken_);
  if (count == 0 && !words.empty() && !deadline.passed()) {
    return Error{.code = ErrorCode::kProtocol,
                 .effect = Effect::kApplied,
                 .message = "the recording " + name_ + " has no more answers after " +
                            std::to_string(sent_) + " of its " + std::to_string(questions_.size()) +
                            " messages to the FPGA",
                 .hint = "was the recording stopped before its answers had arrived?"};
  }
  std::copy_n(answers_.begin() + static_cast<std::ptrdiff_t>(taken_), count, words.begin());
  taken_ += count;
  statistics_.words_received += count;
  return count;
}

Error ReplayLink::diverged(std::uint64_t found) {
  is_lost_ = true;
  std::string what = text_of(found) + " instead of the end of the recording";
  if (sent_ < questions_.size()) {
    std::uint64_t const expected = questions_[sent_];
    std::vector<ut::ToFpgaMessage> left;
    std::vector<ut::ToFpgaMessage> right;
    ut::decode_messages({&found, 1}, left);
    ut::decode_messages({&expected, 1}, right);
    what = left.empty() || right.empty() ? text_of(found) + " instead of " + text_of(expected)
                                         : ut::difference(left.front(), right.front());
  }
  return Error{.code = ErrorCode::kProtocol,
               .effect = Effect::kNone,
               .message = "differs from the recording " + name_ + " at message " +
                          std::to_string(sent_) + " to the FPGA: " + what,
               .hint = "hx capture show " + name_ + " lists what was recorded"};
}

std::string ReplayLink::describe() const {
  return "replay: the board's side of " + name_;
}

void add_replay_target(Registry& registry) {
  registry.add("replay", open_replay,
               "replay:FILE.pcapng[?session=N]  answers as recorded with capture=FILE");
}

}  // namespace hx
