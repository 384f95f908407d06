#include "driver/registers/operations.h"

#include <string>

namespace hx::reg {
namespace {

// The I2C master: an access is an Omnibus access to kMaster | device; kStop ends the transfer.
constexpr std::uint32_t kMaster = 0x88007800;
constexpr std::uint32_t kStop = 0x80;
constexpr std::uint64_t kNoAcknowledge = std::uint64_t{1} << 31;

/// Components of a register number, outer first.
std::vector<std::uint32_t> split(SpaceInfo const& space, std::uint32_t location) {
  std::vector<std::uint32_t> out(space.components.size());
  for (std::size_t k = out.size(); k-- > 0;) {
    out[k] = location % space.components[k].size;
    location /= space.components[k].size;
  }
  return out;
}

std::uint32_t size(SpaceInfo const& space) {
  std::uint32_t out = 1;
  for (ComponentInfo const& c : space.components) out *= c.size;
  return out;
}

Result<void> check_location(SpaceInfo const& space, std::uint32_t location) {
  if (space.omnibus || location < size(space)) return {};
  return Error{.code = ErrorCode::kOutOfRange,
               .message = std::string(space.name) + " has " + std::to_string(size(space)) +
                          " registers, given: " + std::to_string(location)};
}

Error cannot(SpaceInfo const& space, std::string_view what) {
  return Error{.code = ErrorCode::kUnsupported,
               .message = std::string(space.name) + " cannot " + std::string(what),
               .hint = std::string(space.doc)};
}

std::uint64_t sum(std::span<std::int32_t const> factors,
                  std::vector<std::uint32_t> const& components) {
  std::uint64_t out = 0;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    out += static_cast<std::uint64_t>(std::int64_t{factors[k]} * components[k]);
  }
  return out;
}

std::uint64_t evaluate(Operand const& operand, std::vector<std::uint32_t> const& components,
                       std::uint32_t address, std::uint64_t word) {
  std::uint64_t out = operand.constant + sum(operand.factors, components);
  if (operand.address) out += address;
  if (operand.word_width == 64) return out + word;
  if (operand.word_width != 0) {
    out += word >> operand.word_lsb & ((std::uint64_t{1} << operand.word_width) - 1);
  }
  return out;
}

std::vector<Operation> evaluate_all(std::span<OperationInfo const> operations,
                                    SpaceInfo const& space, std::uint32_t location,
                                    std::uint64_t word) {
  std::vector<std::uint32_t> const components = split(space, space.omnibus ? 0 : location);
  std::vector<Operation> out;
  for (OperationInfo const& o : operations) {
    out.push_back({o.kind, o.answered, o.bits, 0xf, o.message,
                   static_cast<std::uint32_t>(evaluate(o.address, components, location, word)),
                   evaluate(o.data, components, location, word)});
  }
  return out;
}

Operation omnibus_write(std::uint32_t address, std::uint64_t data, std::uint8_t enables = 0xf) {
  return {OperationKind::kOmnibusWrite, false,   32,  enables,
          ut::spec::ToFpga::kJtagInit,  address, data};
}

Operation omnibus_read(std::uint32_t address) {
  return {OperationKind::kOmnibusRead, true, 32, 0xf, ut::spec::ToFpga::kJtagInit, address, 0};
}

/// Address of the device at the master, and the write of its pointer byte if it has one.
std::uint32_t select_register(SpaceInfo const& space, std::uint32_t location,
                              std::vector<Operation>& out) {
  std::vector<std::uint32_t> const components = split(space, location);
  I2cInfo const& i2c = space.i2c;
  auto const device =
      static_cast<std::uint32_t>(i2c.device_base + sum(i2c.device_strides, components));
  if (i2c.has_pointer) {
    out.push_back(
        omnibus_write(kMaster | device, i2c.pointer_base + sum(i2c.pointer_strides, components)));
  }
  return kMaster | device;
}

std::vector<Operation> i2c_write(SpaceInfo const& space, std::uint32_t location,
                                 std::uint64_t word) {
  std::vector<Operation> out;
  std::uint32_t const address = select_register(space, location, out);
  std::uint64_t const data = word << space.i2c.left_shift;
  for (unsigned k = space.i2c.bytes; k-- > 0;) {
    out.push_back(omnibus_write(address | (k == 0 ? kStop : 0), data >> (8 * k) & 0xff));
  }
  return out;
}

std::vector<Operation> i2c_read(SpaceInfo const& space, std::uint32_t location) {
  std::vector<Operation> out;
  std::uint32_t const address = select_register(space, location, out);
  for (unsigned k = space.i2c.bytes; k-- > 0;) {
    out.push_back(omnibus_read(address | (k == 0 ? kStop : 0)));
  }
  return out;
}

}  // namespace

Result<std::vector<Operation>> write_operations(Via via, std::uint32_t location, std::uint64_t word,
                                                std::uint8_t enables) {
  SpaceInfo const& space = info(via);
  if (auto ok = check_location(space, location); !ok) return std::move(ok).error();
  if (via == Via::kOmnibus) return std::vector<Operation>{omnibus_write(location, word, enables)};
  if (space.i2c.bytes != 0) {
    if (via == Via::kI2CTempRegister || via == Via::kI2CINA219RoRegister ||
        via == Via::kI2CTCA9554RoRegister || via == Via::kI2CIdRegister) {
      return cannot(space, "write");
    }
    return i2c_write(space, location, word);
  }
  if (space.write.empty()) return cannot(space, "write");
  return evaluate_all(space.write, space, location, word);
}

Result<std::vector<Operation>> read_operations(Via via, std::uint32_t location) {
  SpaceInfo const& space = info(via);
  if (auto ok = check_location(space, location); !ok) return std::move(ok).error();
  if (via == Via::kOmnibus) return std::vector<Operation>{omnibus_read(location)};
  if (space.i2c.bytes != 0) return i2c_read(space, location);
  if (space.read.empty()) return cannot(space, "read");
  return evaluate_all(space.read, space, location, 0);
}

Result<std::uint64_t> read_result(Via via, std::span<std::uint64_t const> answers) {
  SpaceInfo const& space = info(via);
  std::size_t const expected = space.i2c.bytes != 0 ? space.i2c.bytes : 1;
  if (answers.size() != expected) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = std::string(space.name) + ": " + std::to_string(answers.size()) +
                            " answers, expected " + std::to_string(expected)};
  }
  if (space.i2c.bytes == 0) return answers[0] & 0xffffffff;
  std::uint64_t word = 0;
  for (std::uint64_t answer : answers) {
    if ((answer & kNoAcknowledge) != 0) {
      return Error{.code = ErrorCode::kHardware,
                   .effect = Effect::kApplied,
                   .message = std::string(space.name) + ": the I2C device did not acknowledge",
                   .hint = "is this device on the board? Check its supply and address."};
    }
    word = word << 8 | (answer & 0xff);
  }
  return word >> space.i2c.left_shift;
}

}  // namespace hx::reg
