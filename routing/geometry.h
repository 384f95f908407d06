/// Places on the chip, as far as routing needs them. Stand-in with the names of the generated
/// geometry until that is used here.
#pragma once

#include <cstdint>

#include "driver/base/index.h"

namespace hx {

using Hemisphere = Index<struct HemisphereTag, 2>;
using NeuronColumn = Index<struct NeuronColumnTag, 256>;
using AtomicNeuron = Index<struct AtomicNeuronTag, 512>;
using SynapseRow = Index<struct SynapseRowTag, 256>;
using SynapseDriver = Index<struct SynapseDriverTag, 256>;
using PadiBus = Index<struct PadiBusTag, 8>;
using CrossbarNode = Index<struct CrossbarNodeTag, 76>;
using BackgroundSource = Index<struct BackgroundSourceTag, 8>;

}  // namespace hx
