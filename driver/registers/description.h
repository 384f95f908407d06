/// The register description as tables: every container by name or number, with its values, words,
/// addresses and texts. For tools that meet registers at run time; code that knows its registers
/// uses the types in registers.h.
///
///     Result<ContainerInfo const*> info = reg::find("NeuronConfig");
///     if (!info) return info.error();              // hint: the nearest name
///     for (ValueInfo const& value : (*info)->values) std::cout << value.name << "\n";
///     for (AddressMatch m : reg::find_address(0x00160002)) ...   // NeuronConfig, number 0, word 0
///
/// All tables are constants; everything here may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"
#include "driver/registers/containers.h"
#include "fpga_model/spec/messages.h"

namespace hx::reg {

struct Symbol {
  std::string_view name;
  std::int64_t value;
};

struct ComponentInfo {
  std::string_view name;
  std::uint32_t size;
};

/// A coordinate: number, row-major over the components (outer first).
struct CoordinateInfo {
  std::string_view name;
  std::string_view doc;
  std::uint32_t size;
  std::span<ComponentInfo const> components;
  std::span<Symbol const> names;  ///< symbolic numbers

  /// Component `index` of a number.
  [[nodiscard]] std::uint32_t component(std::uint32_t number, std::size_t index) const;
};

enum class Encoding : std::uint8_t {
  kPlain,
  kInverted,
  kOffset,       ///< parameters[0] is added
  kPermuted,     ///< bit i = value bit parameters[i]
  kMap,          ///< position in parameters
  kFixed,        ///< constant parameters[0], no value
  kThermometer,  ///< 2^value - 1
  kNonzero,      ///< reads 1 if any bit is set
};

/// Bits of a value in one word.
struct PieceInfo {
  std::uint8_t word;  ///< index in ContainerInfo::words
  std::uint8_t width;
  std::uint8_t value_lsb;  ///< the piece holds the value bits from here upwards
  Encoding encoding;
  std::int8_t select;   ///< component of the coordinate that selects one of the lsbs, or -1
  std::uint16_t first;  ///< element of the first lsb
  std::span<std::uint8_t const> lsbs;
  std::span<std::int64_t const> parameters;
  std::string_view doc;
};

enum class ValueKind : std::uint8_t { kUnsigned, kSigned, kBool };

/// Where the elements of a value are in the C++ type: element e is at
/// offset + (e / inner_count) * outer_stride + (e % inner_count) * size.
struct StorageInfo {
  std::size_t offset;
  std::size_t outer_stride;
  std::uint32_t inner_count;
  std::uint8_t size;
};

/// A value (field) of a container: a scalar or an array of elements.
struct ValueInfo {
  std::string_view name;  ///< "a.b": member b of the list of structures a
  std::string_view doc;
  ValueKind kind;
  std::uint8_t width;  ///< bits
  std::int64_t minimum;
  std::int64_t maximum;
  std::uint16_t first_element;  ///< in the elements of the container
  std::uint16_t count;          ///< number of elements, 1 for a scalar
  bool is_array;
  std::uint16_t rows;  ///< outer size: of two-dimensional arrays and of lists of structures
  std::span<PieceInfo const> pieces;
  std::span<std::int64_t const> defaults;
  std::span<Symbol const> symbols;
  std::span<std::string_view const> index;  ///< coordinates that count the elements
  StorageInfo storage;
};

/// Second name for bits of a value.
struct ViewInfo {
  std::string_view name;
  std::uint16_t value;  ///< index in ContainerInfo::values
  std::uint8_t lsb;
  std::uint8_t width;
  std::string_view doc;
};

struct WordInfo {
  std::uint32_t offset;
  bool readable;
  bool writable;
  bool gray;  ///< travels as the inverse Gray code of the packed fields
  std::uint8_t bits;
  std::span<std::int32_t const> strides;  ///< instead of the container's; usually empty
};

/// base + sum(stride * component) + offset of the word.
struct LocationInfo {
  bool exists;
  std::uint32_t base;
  std::span<std::int32_t const> strides;
};

/// The generated codec of a type, without the type; null for a direction without words.
struct ErasedCodec {
  void (*construct)(void* memory);  ///< a default value; the types need no destructor
  void (*encode)(void const* value, std::uint64_t* words, std::uint32_t number);
  void (*decode)(void* value, std::uint64_t const* words, std::uint32_t number);
  std::size_t size;  ///< sizeof the type
};

struct ContainerInfo {
  ContainerId id;
  std::string_view name;
  std::string_view doc;
  CoordinateInfo const& coordinate;
  std::span<Via const> via;  ///< transports, default first
  LocationInfo address;      ///< for Omnibus transports
  LocationInfo reg;          ///< register numbers of the other transports
  std::span<WordInfo const> words;
  std::span<ValueInfo const> values;
  std::span<PieceInfo const> fixed;
  std::span<ViewInfo const> views;
  std::span<std::uint64_t const> default_words;
  std::uint16_t elements;  ///< of all values together
  bool in_chip;            ///< part of the composite Chip
  bool trigger;            ///< the data of a write does not matter
  bool differential;       ///< software may write only the changed words
  std::string_view side_effects;
  std::string_view notes;
  std::string_view availability;
  std::string_view byte_enables;
  std::string_view model_reset;
  ErasedCodec codec;

  [[nodiscard]] std::size_t write_words() const;
  [[nodiscard]] std::size_t read_words() const;
  [[nodiscard]] bool reachable_by(Via transport) const;
};

enum class OperationKind : std::uint8_t {
  kJtagInstruction,
  kJtagData,
  kOmnibusWrite,
  kOmnibusRead,
  kMessage,  ///< a UT message of its own
};

/// constant + address + sum(factor * component) + bits of the word.
struct Operand {
  std::uint64_t constant;
  bool address;
  std::span<std::int32_t const> factors;
  std::uint8_t word_lsb;
  std::uint8_t word_width;  ///< 0: no bits of the word
};

struct OperationInfo {
  OperationKind kind;
  std::uint8_t bits;
  bool answered;
  ut::spec::ToFpga message;
  Operand address;
  Operand data;
};

struct I2cInfo {
  std::uint32_t device_base = 0;
  std::span<std::int32_t const> device_strides = {};
  bool has_pointer = false;
  std::uint32_t pointer_base = 0;
  std::span<std::int32_t const> pointer_strides = {};
  std::uint8_t bytes = 0;  ///< 0: the transport is no I2C device
  std::uint8_t left_shift = 0;
};

/// A transport.
struct SpaceInfo {
  Via via;
  std::string_view name;
  std::string_view doc;
  std::string_view coordinate;  ///< of its registers; empty for Omnibus transports
  bool omnibus;                 ///< uses addresses, not register numbers
  std::span<ComponentInfo const> components;
  std::span<OperationInfo const> write;
  std::span<OperationInfo const> read;
  I2cInfo i2c;
  std::uint8_t message_bits;  ///< payload of a transport that is one message

  [[nodiscard]] bool readable() const { return omnibus || !read.empty() || i2c.bytes != 0; }
};

struct FixedComponent {
  std::string_view component;
  std::uint32_t first;
  std::uint32_t last;
};

/// Part of a composite: an item, or named CapMem cells.
struct CompositeItem {
  std::string_view item;
  std::span<std::string_view const> cells;
  std::string_view cells_for;  ///< coordinate for each of whose instances the cells are written
  std::span<FixedComponent const> set;
  std::span<Symbol const> defaults;
};

struct CompositeInfo {
  std::string_view name;
  std::string_view doc;
  CoordinateInfo const& coordinate;
  std::span<CompositeItem const> order;
  std::uint32_t words;
  std::uint32_t reads;
};

enum class CellKind : std::uint8_t { kNeuron, kQuadrant, kGlobal };

/// A named CapMem cell; -1: given by the place (neuron or quadrant).
struct CellInfo {
  std::string_view name;
  std::string_view doc;
  CellKind kind;
  std::uint8_t number;  ///< of the NeuronCell, QuadrantCell or GlobalCell
  bool voltage;
  std::int8_t hemisphere;
  std::int8_t side;
  std::uint8_t row;
  std::int16_t column;
  std::uint16_t default_value;  ///< in a default chip
  std::string_view member;
};

struct UnusedCell {
  std::uint8_t hemisphere;
  std::uint8_t side;
  std::uint8_t column;
  std::uint8_t row;
};

/// An address without a container.
struct RawRegister {
  std::string_view name;
  std::uint32_t address;
  std::string_view doc;
};

std::span<CoordinateInfo const> coordinates();
std::span<ContainerInfo const> containers();  ///< by ContainerId
std::span<SpaceInfo const> spaces();          ///< by Via
std::span<CompositeInfo const> composites();
std::span<CellInfo const> cells();
std::span<UnusedCell const> unused_cells();
std::span<RawRegister const> raw_registers();

ContainerInfo const& info(ContainerId id);
SpaceInfo const& info(Via via);

/// By name; kNotFound with the nearest name as hint.
Result<ContainerInfo const*> find(std::string_view container);
Result<CoordinateInfo const*> find_coordinate(std::string_view name);
Result<Via> find_via(std::string_view name);
Result<CompositeInfo const*> find_composite(std::string_view name);
Result<CellInfo const*> find_cell(std::string_view name);

/// Address (Omnibus transports) or register number of word `word` of instance `number`.
std::uint32_t locate(ContainerInfo const& container, std::uint32_t number, std::size_t word,
                     Via via);
/// Of all words that a write or a read transfers, in order.
std::vector<std::uint32_t> write_locations(ContainerInfo const& container, std::uint32_t number,
                                           Via via);
std::vector<std::uint32_t> read_locations(ContainerInfo const& container, std::uint32_t number,
                                          Via via);
/// Bit k enables data bits 8k+7..8k in a write of word `word`: all but for byte-wise memories.
std::uint8_t byte_enables(ContainerInfo const& container, std::uint32_t number, std::size_t word);

struct AddressMatch {
  ContainerInfo const* container;
  std::uint32_t number;
  std::size_t word;  ///< index in ContainerInfo::words
};
/// Who lives at an Omnibus address. Several if views overlap, none if it has no container (see
/// raw_registers()).
std::vector<AddressMatch> find_address(std::uint32_t address);

}  // namespace hx::reg
