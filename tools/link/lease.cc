#include "tools/link/lease.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "tools/link/runtime_folder.h"

namespace hx::tools {
namespace {

constexpr char kSuffix[] = ".lease";
constexpr std::chrono::milliseconds kLookAgain{100};

// Serialises changes of leases between processes; given back when a process dies.
class FolderLock {
 public:
  explicit FolderLock(std::filesystem::path const& folder)
      : descriptor_(::open((folder / "leases.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] bool is_held() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::optional<Lease> parse(std::string const& board, std::string const& text) {
  nlohmann::json const json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("expires") || !json["expires"].is_number_integer())
    return std::nullopt;
  auto const word = [&](char const* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                       : std::string();
  };
  Lease lease{.board = board,
              .holder = word("holder"),
              .token = word("token"),
              .process = 0,
              .expires = json["expires"].get<std::int64_t>()};
  if (json.contains("process") && json["process"].is_number_integer())
    lease.process = json["process"].get<long>();
  return lease;
}

// The lease that holds now, if one does.
std::optional<Lease> current(std::filesystem::path const& folder, std::string const& key) {
  std::optional<Lease> lease = parse(key, read_small_file(folder / (key + kSuffix)));
  if (!lease || lease->expires <= now()) return std::nullopt;
  if (lease->process != 0 && !is_alive(lease->process)) return std::nullopt;
  return lease;
}

Result<void> store(std::filesystem::path const& folder, Lease const& lease) {
  nlohmann::json const json = {{"holder", lease.holder},
                               {"token", lease.token},
                               {"process", lease.process},
                               {"expires", lease.expires}};
  return replace_file(folder / (lease.board + kSuffix),
                      json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string new_token() {
  std::random_device random;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string token;
  for (int i = 0; i < 16; ++i) token += kDigits[random() & 15];
  return token;
}

Result<void> check_time(std::chrono::seconds time) {
  if (time.count() >= 1 && time <= kLongestLease) return {};
  return Error{.code = ErrorCode::kInvalidArgument,
               .message = "a lease of " + std::to_string(time.count()) + " s",
               .hint = "1 s to " + std::to_string(kLongestLease.count()) + " s"};
}

struct Place {
  std::filesystem::path folder;
  std::string key;
};

Result<Place> place_of(std::string const& board) {
  // A key is taken as it is: renew and release get what take has returned.
  std::string text = board;
  if (std::size_t const mark = text.find('_'); mark != text.npos) text[mark] = ':';
  Result<std::string> key = board_key(text);
  if (!key) return std::move(key).error();
  Result<std::filesystem::path> folder = runtime_folder();
  if (!folder) return std::move(folder).error();
  return Place{std::move(*folder), std::move(*key)};
}

Error no_lock(std::filesystem::path const& folder) {
  return Error{.code = ErrorCode::kIo, .message = "cannot lock the leases in " + folder.string()};
}

// The lease with this token, under the lock.
Result<Lease> own(Place const& place, std::string const& token) {
  std::optional<Lease> lease = current(place.folder, place.key);
  if (lease && lease->token == token) return std::move(*lease);
  return Error{.code = ErrorCode::kNotFound,
               .message = "the lease of " + place.key + " has ended" +
                          (lease ? ", " + lease->holder + " has it now" : ""),
               .hint = "take it again"};
}

}  // namespace

Result<Lease> take_lease(std::string const& board, std::string const& holder,
                         std::chrono::seconds time, Deadline deadline, long process) {
  if (Result<void> possible = check_time(time); !possible) return std::move(possible).error();
  Result<Place> const place = place_of(board);
  if (!place) return place.error();
  while (true) {
    std::optional<Lease> other;
    {
      FolderLock const lock(place->folder);
      if (!lock.is_held()) return no_lock(place->folder);
      other = current(place->folder, place->key);
      if (!other) {
        Lease lease{.board = place->key,
                    .holder = holder,
                    .token = new_token(),
                    .process = process,
                    .expires = now() + time.count()};
        if (Result<void> stored = store(place->folder, lease); !stored)
          return std::move(stored).error();
        return lease;
      }
    }
    if (deadline.passed()) {
      return Error{.code = ErrorCode::kTimeout,
                   .message = place->key + " is leased to " + other->holder + " for another " +
                              std::to_string(std::max<std::int64_t>(other->expires - now(), 0)) +
                              " s",
                   .hint = "wait longer with --wait SECONDS; hx lease show lists all"};
    }
    std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(deadline.left(), kLookAgain));
  }
}

Result<Lease> renew_lease(std::string const& board, std::string const& token,
                          std::chrono::seconds time) {
  if (Result<void> possible = check_time(time); !possible) return std::move(possible).error();
  Result<Place> const place = place_of(board);
  if (!place) return place.error();
  FolderLock const lock(place->folder);
  if (!lock.is_held()) return no_lock(place->folder);
  Result<Lease> lease = own(*place, token);
  if (!lease) return lease;
  lease->expires = now() + time.count();
  if (Result<void> stored = store(place->folder, *lease); !stored) return std::move(stored).error();
  return lease;
}

Result<void> release_lease(std::string const& board, std::string const& token) {
  Result<Place> const place = place_of(board);
  if (!place) return place.error();
  FolderLock const lock(place->folder);
  if (!lock.is_held()) return no_lock(place->folder);
  if (Result<Lease> lease = own(*place, token); !lease) return std::move(lease).error();
  std::error_code error;
  std::filesystem::remove(place->folder / (place->key + kSuffix), error);
  return {};
}

Result<std::vector<Lease>> leases() {
  Result<std::filesystem::path> const folder = runtime_folder();
  if (!folder) return folder.error();
  std::vector<Lease> found;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(*folder, error)) {
    if (entry.path().extension() != kSuffix) continue;
    if (auto lease = current(*folder, entry.path().stem().string())) found.push_back(*lease);
  }
  return found;
}

}  // namespace hx::tools
