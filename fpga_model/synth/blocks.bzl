"""The blocks that are mapped to ECP5: what is listed here is mapped, compared with its budget and its source, and shown in
docs/synthesis.md."""

_SPEC = "//fpga_model/spec:hx_spec_pkg"
_MAP = "//fpga_model/spec:hx_chip_map_pkg"

# Small ones of each kind, with every run of the tests.
_EVERY_RUN = [
    "hx_executor",
    "hx_answers",
    "hx_systime",
    "hx_encoder",
    "hx_step",
    "hx_l2_output",
]

def _block(folder, module, packages = [_SPEC], more = [], params = {}, name = None, slow = False, pair = True):
    """A module with its sources.

    Args:
      folder: of fpga_model/rtl.
      module: the top; its file is MODULE.sv.
      packages: packages it uses.
      more: further files of the folder.
      params: other than the defaults, e.g. a small build.
      name: of the block, if not the module.
      slow: takes more than some ten seconds: not part of the check that docs/synthesis.md is current.
      pair: the netlist is run against the source (False: too large, its parts or a small build are).
    """
    return struct(
        name = name or module,
        top = module,
        srcs = packages + ["//fpga_model/rtl/%s:%s.sv" % (folder, f) for f in more + [module]],
        params = params,
        slow = slow,
        # Mapping everything takes a quarter of an hour: the other blocks are tested by `./hx test all`.
        tags = ["slow"] if (name or module) in _EVERY_RUN else ["nightly"],
        pair = pair,
    )

# In the order of the table.
BLOCKS = [
    _block("fpga", "hx_playback"),
    _block("fpga", "hx_executor"),
    _block("fpga", "hx_answers"),
    _block("fpga", "hx_jtag"),
    _block("fpga", "hx_systime"),
    _block("fpga", "hx_trace"),
    _block("fpga", "hx_encoder"),
    _block("fpga", "hx_i2c_master"),
    _block("fpga", "hx_spi_master"),
    _block("fpga", "hx_spikeio"),
    _block("link", "hx_link"),
    _block("link", "hx_lanes"),
    _block("chip", "hx_tap"),
    _block("chip", "hx_bus_port"),
    _block("chip", "hx_pll"),
    _block("chip", "hx_step"),
    _block("chip", "hx_omnibus", [_SPEC, _MAP]),
    _block("chip", "hx_registers", [_SPEC, _MAP]),
    _block("chip", "hx_crossbar", more = ["hx_crossbar_sim", "hx_crossbar_synth"]),
    _block("chip", "hx_background"),
    _block("chip", "hx_event_outputs", more = ["hx_event_outputs_sim", "hx_event_outputs_synth"]),
    _block("chip", "hx_spike_counters"),
    _block("chip", "hx_cadc", [_SPEC, _MAP]),
    _block("chip", "hx_madc", [_SPEC, _MAP]),
    _block("chip", "hx_l2_output"),
    _block("chip", "hx_coefficient_unit", params = {"Compartments": "0"}),
    # LIF alone, and with conductances, adaptation and the exponential term, as the chip has them.
    _block("chip", "hx_neuron_lane"),
    _block(
        "chip",
        "hx_neuron_lane",
        name = "hx_neuron_lane_adex",
        params = {
            "Adex": "1",
            "Coba": "1",
        },
        slow = True,
    ),
    # One hemisphere. Small builds of its two forms are compared in tests/fpga_model/synapse.
    _block(
        "chip",
        "hx_synapse_array",
        more = [
            "hx_synapse_array_synth",
            "hx_synapse_column",
            "hx_synapse_drivers",
            "hx_synapse_memory",
            "hx_synapse_select",
            "hx_synapse_stp",
        ],
        params = {
            "PadiPorts": "1",
            "RowPort": "2",
        },
        pair = False,
        slow = True,
    ),
    _block("chip", "hx_synapse_drivers"),
]
