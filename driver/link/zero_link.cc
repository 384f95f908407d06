#include "driver/link/zero_link.h"

#include <algorithm>

#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

// The answer to an instruction, if it has one.
std::optional<ut::FromFpgaMessage> answer_to(ut::ToFpgaMessage const& message) {
  namespace fields = ut::spec::to_fpga;
  switch (message.code) {
    case ut::ToFpga::kSystemLoopback:
      return fields::system_loopback::kTag.get(message.payload) == fields::system_loopback::kTagTick
                 ? ut::tick_answer()
                 : ut::halt_answer();
    case ut::ToFpga::kOmnibusAddress:
      if (fields::omnibus_address::kIsRead.get(message.payload) == 0) return std::nullopt;
      return ut::omnibus_answer(0);
    case ut::ToFpga::kJtagData:
      if (fields::jtag_data::kKeepResponse.get(message.payload) == 0) return std::nullopt;
      return ut::jtag_answer(0);
    default:
      return std::nullopt;
  }
}

Error lost() {
  return Error{.code = ErrorCode::kLinkLost,
               .message = "zero: the connection ended at a word that is no instruction",
               .hint = "open a new connection"};
}

}  // namespace

Result<void> ZeroLink::send(std::span<std::uint64_t const> words) {
  if (is_lost_) return lost();
  std::vector<ut::ToFpgaMessage> messages;
  ut::DecodeEnd const end = ut::decode_messages(words, messages);
  for (ut::ToFpgaMessage const& message : messages) {
    if (auto const answer = answer_to(message)) encoder_.append(*answer);
  }
  encoder_.flush();
  answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  std::vector<std::uint64_t> const fresh = encoder_.take();
  answers_.insert(answers_.end(), fresh.begin(), fresh.end());
  statistics_.words_sent += end.words;
  if (!end.unknown_header) return {};
  is_lost_ = true;
  return Error{.code = ErrorCode::kProtocol,
               .effect = Effect::kUnknown,
               .message = "zero: word " + std::to_string(end.words) +
                          " has the unknown instruction code " +
                          std::to_string(*end.unknown_header)};
}

Result<std::size_t> ZeroLink::receive(std::span<std::uint64_t> words, Deadline deadline) {
  if (is_lost_) return lost();
  std::size_t const count = std::min(words.size(), answers_.size() - taken_);
  if (count == 0 && !deadline.passed()) {
    return Error{.code = ErrorCode::kProtocol,
                 .effect = Effect::kApplied,
                 .message = "zero: no more answers will come",
                 .hint = "a program ends with a halt, which is answered"};
  }
  std::copy_n(answers_.begin() + static_cast<std::ptrdiff_t>(taken_), count, words.begin());
  taken_ += count;
  statistics_.words_received += count;
  return count;
}

std::string ZeroLink::describe() const {
  return "zero: no hardware, every answer is 0";
}

void add_zero_target(Registry& registry) {
  registry.add(
      "zero",
      [](Uri const& uri) -> Result<std::unique_ptr<Link>> {
        if (auto known = uri.allow_only({}); !known) return std::move(known).error();
        if (!uri.path.empty()) {
          return Error{.code = ErrorCode::kInvalidArgument,
                       .message = "zero: takes no path, given: '" + uri.path + "'"};
        }
        return std::unique_ptr<Link>(std::make_unique<ZeroLink>());
      },
      "zero:  no hardware, every answer is 0");
}

}  // namespace hx
