/// Codes and sizes of the messages between host and FPGA.
#pragma once

#include <cstdint>

namespace hx::ut {

/// Messages to the FPGA; the value is the header code.
enum class ToFpga : std::uint8_t {
  kJtagInit,
  kJtagScaler,
  kJtagIns,
  kJtagData,
  kTimingSetup,
  kTimingWaitUntil,
  kTimingSystimeInit,
  kTimingBarrier,
  kTimingPollingOmnibusBlock,
  kSystemReset,
  kSystemLoopback,
  kOmnibusAddress,
  kOmnibusData,
  kSpikePack1,
  kSpikePack2,
  kSpikePack3,
};
inline constexpr unsigned kToFpgaMessages = 16;
inline constexpr std::uint8_t kToFpgaPayloadBits[kToFpgaMessages] = {0, 8, 7, 56, 0,  32, 1,  5,
                                                                     1, 1, 1, 37, 32, 16, 32, 48};

/// Messages from the FPGA; the value is the header code.
enum class FromFpga : std::uint8_t {
  kJtagData,
  kOmnibusData,
  kLoopback,
  kHighspeedLinkNotification,
  kTimeoutNotification,
  kSystime,
  kSysdelta,
  kMadcSamplePack1,
  kMadcSamplePack2,
  kMadcSamplePack3,
  kSpikePack1,
  kSpikePack2,
  kSpikePack3,
};
inline constexpr unsigned kFromFpgaMessages = 13;
inline constexpr std::uint8_t kFromFpgaPayloadBits[kFromFpgaMessages] = {33, 32, 1,  8,  45, 43, 8,
                                                                         24, 48, 72, 24, 48, 72};

}  // namespace hx::ut
