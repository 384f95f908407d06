#include "sim/twin/fpga_bus.h"

#include <algorithm>

#include "driver/base/check.h"

namespace hx::sim {

void FpgaBus::attach(std::uint32_t first, std::uint32_t last, FpgaDevice& device) {
  for (Range const& range : ranges_) {
    HX_CHECK(last < range.first || first > range.last)
        << "two devices at addresses " << first << " to " << last;
  }
  ranges_.push_back({first, last, &device});
  std::sort(ranges_.begin(), ranges_.end(),
            [](Range const& a, Range const& b) { return a.first < b.first; });
  if (std::find(devices_.begin(), devices_.end(), &device) == devices_.end())
    devices_.push_back(&device);
  update();
}

FpgaDevice* FpgaBus::find(std::uint32_t address) const {
  auto const above =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](std::uint32_t value, Range const& range) { return value < range.first; });
  if (above == ranges_.begin()) return nullptr;
  Range const& range = *(above - 1);
  return address <= range.last ? range.device : nullptr;
}

void FpgaBus::complete(Access const& access, FpgaDevice const* device, std::uint32_t data,
                       Clock now) {
  Clock const done =
      device == nullptr ? now + kTail : device->completion(access.address, access.is_write, now);
  free_ = done - kTail + 1;
  done_.push({done, access.tag, data});
}

void FpgaBus::read(Clock now) {
  if (!has_effect(now, false)) return;
  Access const access = accesses_.front();
  accesses_.pop();
  read_at_ = now;
  FpgaDevice* const device = find(access.address);
  std::uint32_t const data = device == nullptr ? 0 : device->read(access.address, now);
  complete(access, device, data, now);
  if (device != nullptr) update();
}

void FpgaBus::write(Clock now) {
  if (!has_effect(now, true)) return;
  Access const access = accesses_.front();
  accesses_.pop();
  FpgaDevice* const device = find(access.address);
  if (device != nullptr) {
    device->write(access.address, access.data, access.byte_enables, now);
    update();
  }
  complete(access, device, 0, now);
}

void FpgaBus::act(Clock now) {
  if (devices_next_ > now) return;
  for (FpgaDevice* const device : devices_) {
    if (device->next() <= now) device->act(now);
  }
  update();
}

void FpgaBus::update() {
  devices_next_ = kNever;
  for (FpgaDevice const* const device : devices_)
    devices_next_ = std::min(devices_next_, device->next());
}

FpgaBus::Completion FpgaBus::take() {
  Completion const completion{done_.front().tag, done_.front().data};
  done_.pop();
  return completion;
}

}  // namespace hx::sim
