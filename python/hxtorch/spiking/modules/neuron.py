"""Neurons: adaptive exponential, leaky integrate-and-fire, integrators; older and newer names."""
from __future__ import annotations

import warnings
from typing import Any, List, Optional, Sequence, Union

import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking import handle as handles
from hxtorch.spiking.modules.types import CALIBRATED, Population
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.neuron_placement import LogicalNeuron
from hxtorch.spiking.observables import AnalogObservable, NeuronObservables
from hxtorch.spiking.parameter import HXTransformedModelParameter, ParameterType
from hxtorch.spiking.utils.readout_source import ReadoutSource


def _default_capacitance() -> HXTransformedModelParameter:
    return HXTransformedModelParameter(10e-6, lambda m: m / 10e-6 * 63)


class AELIF(Population):
    """Adaptive exponential leaky integrate-and-fire neurons.

    Parameters are numbers, tensors (N,) or parameter objects; potentials in CADC LSB on hardware,
    times in seconds. Recording: ``enable_spike_recording``, ``enable_cadc_recording``,
    ``enable_madc_recording`` of ``record_neuron_id``; sources ``cadc_readout_source`` and
    ``madc_readout_source`` (`ReadoutSource`). Scaling of the CADC: ``trace_offset``,
    ``trace_scale``, ``cadc_time_shift`` (steps, positive: earlier), ``shift_cadc_to_first``,
    ``interpolation_mode`` ("linear" or "nn"). Flags ``leaky``, ``fire``, ``exponential``,
    ``subthreshold_adaptation``, ``spike_triggered_adaptation`` switch terms of the equations.
    """

    _gain_is_one = False  # numerics of the older names
    _refracts = True

    def __init__(self, size: int, experiment: Any, leak: ParameterType = 80,
                 reset: ParameterType = 80, threshold: ParameterType = 125,
                 tau_mem: ParameterType = 10e-6, tau_syn: ParameterType = 10e-6,
                 i_synin_gm: ParameterType = 500,
                 membrane_capacitance: Optional[ParameterType] = None,
                 refractory_time: ParameterType = 1e-6, synapse_dac_bias: ParameterType = 600,
                 holdoff_time: ParameterType = 0., method: str = "superspike", alpha: float = 50.,
                 exponential_slope: ParameterType = 50e-3,
                 exponential_threshold: ParameterType = 110,
                 subthreshold_adaptation_strength: ParameterType = 1,
                 spike_triggered_adaptation_increment: ParameterType = 1,
                 clock_scale_adaptation_pulse: Sequence[int] = (5, 5),
                 tau_adap: ParameterType = 100e-6,
                 leak_adaptation: Optional[ParameterType] = None, execution_instance: Any = None,
                 chip_coordinate: Any = None, enable_spike_recording: bool = True,
                 enable_cadc_recording: bool = True,
                 enable_cadc_recording_placement_in_dram: bool = False,
                 cadc_readout_source: str = ReadoutSource.VOLTAGE,
                 enable_madc_recording: bool = False, record_neuron_id: Optional[int] = None,
                 madc_readout_source: str = ReadoutSource.VOLTAGE,
                 placement_constraint: Optional[List[Any]] = None,
                 trace_offset: Any = 0., trace_scale: Any = 1., cadc_time_shift: int = 0,
                 shift_cadc_to_first: bool = False, interpolation_mode: str = "linear",
                 neuron_structure: Any = None, leaky: bool = True, fire: bool = True,
                 exponential: bool = True, subthreshold_adaptation: bool = True,
                 spike_triggered_adaptation: bool = True, **extra_params: Any) -> None:
        F.check_method(method)
        unknown = [n for n in extra_params if n not in CALIBRATED]
        if unknown:
            warnings.warn(f"{type(self).__name__}: unknown parameters {unknown} are ignored")
        if membrane_capacitance is None:
            membrane_capacitance = _default_capacitance()
        super().__init__(
            size, experiment, execution_instance, chip_coordinate, leak=leak, reset=reset,
            threshold=threshold, tau_mem=tau_mem, tau_syn=tau_syn, i_synin_gm=i_synin_gm,
            membrane_capacitance=membrane_capacitance, refractory_time=refractory_time,
            synapse_dac_bias=synapse_dac_bias, holdoff_time=holdoff_time,
            exponential_slope=exponential_slope, exponential_threshold=exponential_threshold,
            subthreshold_adaptation_strength=subthreshold_adaptation_strength,
            spike_triggered_adaptation_increment=spike_triggered_adaptation_increment,
            tau_adap=tau_adap,
            leak_adaptation=leak if leak_adaptation is None else leak_adaptation,
            **{n: v for n, v in extra_params.items() if n in CALIBRATED and n not in (
                "leak", "reset", "threshold", "refractory_time", "holdoff_time")})
        self.method, self.alpha = method, alpha
        self.clock_scale_adaptation_pulse = tuple(clock_scale_adaptation_pulse)
        self.enable_spike_recording = bool(enable_spike_recording)
        self.enable_cadc_recording = bool(enable_cadc_recording)
        self.enable_cadc_recording_placement_in_dram = bool(
            enable_cadc_recording_placement_in_dram)
        self.enable_madc_recording = bool(enable_madc_recording)
        self.record_neuron_id = record_neuron_id
        self._cadc_readout_source, self._madc_readout_source = (
            cadc_readout_source, madc_readout_source)
        self.trace_offset, self.trace_scale = trace_offset, trace_scale
        self.cadc_time_shift = int(cadc_time_shift)
        self.shift_cadc_to_first = bool(shift_cadc_to_first)
        self.interpolation_mode = interpolation_mode
        self.leaky, self.fire, self.exponential = bool(leaky), bool(fire), bool(exponential)
        self.subthreshold_adaptation = bool(subthreshold_adaptation)
        self.spike_triggered_adaptation = bool(spike_triggered_adaptation)
        self._mask: Optional[torch.Tensor] = None
        self._placement_constraint = placement_constraint
        self._neuron_structure = neuron_structure or SingleCompartmentNeuron(1)
        self._check()

    def _check(self) -> None:
        if len(self._neuron_structure.compartments) > 1:
            raise ValueError(f"{type(self).__name__}: neurons of several compartments are not "
                             "supported; use SingleCompartmentNeuron")
        places = self._placement_constraint
        if places is not None and len(places) != self.size:
            raise ValueError(f"placement_constraint has {len(places)} places for {self.size} "
                             "neurons")
        if self.enable_madc_recording:
            number = self.record_neuron_id
            if number is not None and not 0 <= int(number) < self.size:
                raise ValueError(f"record_neuron_id = {number} is not in 0..{self.size - 1}")
        if self.exponential and not self.fire:
            warnings.warn(f"{type(self).__name__}: an exponential term without reset diverges")

    @property
    def output_handle(self) -> handles.Handle:
        """The module's own output handle; its fields depend on adaptation and firing."""
        if self._output is None:
            adapts = self.subthreshold_adaptation or self.spike_triggered_adaptation
            kinds = {(True, True): handles.AELIFObservables, (True, False): handles.AELIObservables,
                     (False, True): handles.LIFObservables, (False, False): handles.LIObservables}
            self._output = kinds[adapts, self.fire]()
        return self._output

    def extra_repr(self) -> str:
        """Size, parameters and recordings."""
        parameters = ", ".join(f"{n}={p}" for n, p in self.params_dict().items())
        return (f"size={self.size}, {parameters}, spikes={self.enable_spike_recording}, "
                f"cadc={self.enable_cadc_recording}, madc={self.enable_madc_recording}")

    # ---- Properties that the hardware has to know ----

    @property
    def mask(self) -> Optional[torch.Tensor]:
        """Bool (N,), ``False``: no events; ``None`` until it is set."""
        return self._mask

    @mask.setter
    def mask(self, mask: Optional[torch.Tensor]) -> None:
        self._mask = mask
        self._changed_since_last_run = True

    @property
    def cadc_readout_source(self) -> str:
        """Signal that the CADC records."""
        return self._cadc_readout_source

    @cadc_readout_source.setter
    def cadc_readout_source(self, source: str) -> None:
        self._cadc_readout_source = source
        self._changed_since_last_run = True

    @property
    def madc_readout_source(self) -> str:
        """Signal that the MADC records."""
        return self._madc_readout_source

    @madc_readout_source.setter
    def madc_readout_source(self, source: str) -> None:
        self._madc_readout_source = source
        self._changed_since_last_run = True

    # ---- Hardware ----

    def register_hw_entity(self) -> None:
        """Takes circuits and announces recordings.

        :raises RuntimeError: a second MADC recording, or CADC into both memories.
        :raises ValueError: the circuits are taken.
        """
        instance = self.execution_instance
        if not self.fire and self.enable_spike_recording:
            raise AssertionError(f"{type(self).__name__} does not fire: it has no spikes to record")
        ids = list(range(instance.id_counter, instance.id_counter + self.size))
        instance.neuron_placement.register_id(ids, self._neuron_structure,
                                              self._placement_constraint)
        instance.id_counter += self.size
        self.unit_ids = ids
        if self.enable_cadc_recording:
            dram = self.enable_cadc_recording_placement_in_dram
            if instance.record_cadc_into_dram not in (None, dram):
                raise RuntimeError(f"{instance}: CADC recordings go into one memory, DRAM or SRAM")
            instance.record_cadc_into_dram = dram
            for unit in ids:
                neuron = instance.neuron_placement.id2logicalneuron(unit)
                instance.cadc_neurons[unit] = [LogicalNeuron.of(neuron).circuits[0]]
        if self.enable_madc_recording:
            if instance.has_madc_recording:
                raise RuntimeError(f"{instance}: the MADC records one module only")
            instance.has_madc_recording = True
        self.descriptor = (instance.ID, "neurons", len(self.experiment._populations))
        self.experiment.register_population(self)

    def configure_hw_entity(self, neuron_id: int, neuron_block: Any, coord: Any) -> None:
        """Morphology and terms that a calibration does not know; overridden by users."""
        structure = self._neuron_structure
        structure.implement_morphology(coord, neuron_block)
        if not self.leaky:
            structure.disable_leak(coord, neuron_block)
        if not self.fire:
            structure.disable_spiking(coord, neuron_block)
        value = lambda p: _one(p.hardware_value, neuron_id)  # noqa: E731
        if self.exponential:
            structure.set_exponential_params(coord, neuron_block, value(self.exponential_slope),
                                             value(self.exponential_threshold))
        if self.subthreshold_adaptation or self.spike_triggered_adaptation:
            structure.set_adaptation_base_params(coord, neuron_block, value(self.tau_adap),
                                                 value(self.leak_adaptation))
        if self.subthreshold_adaptation:
            structure.set_subthreshold_adaptation_strength(
                coord, neuron_block, value(self.subthreshold_adaptation_strength))
        if self.spike_triggered_adaptation:
            structure.set_spike_triggered_adaptation_increment(
                coord, neuron_block, value(self.spike_triggered_adaptation_increment))

    def _per_neuron(self, value: Any) -> Any:
        """Offset or scale as a number or (N,): a dict by logical neuron becomes a row."""
        if not isinstance(value, dict):
            return value
        by_neuron = {LogicalNeuron.of(k): float(v) for k, v in value.items()}
        placement = self.execution_instance.neuron_placement
        return torch.tensor([by_neuron[LogicalNeuron.of(placement.id2logicalneuron(i))]
                             for i in self.unit_ids])

    def _scale(self, trace: torch.Tensor) -> torch.Tensor:
        shift = max(-len(trace), min(len(trace), self.cadc_time_shift))
        if shift > 0:
            trace = torch.cat([trace[shift:], trace[-1:].expand(shift, -1, -1)])
        elif shift < 0:
            trace = torch.cat([trace[:1].expand(-shift, -1, -1), trace[:shift]])
        offset = trace[:1] if self.shift_cadc_to_first else self._per_neuron(self.trace_offset)
        return (trace - offset) * self._per_neuron(self.trace_scale)

    def post_process(self, hw_data: Any, runtime_s: float) -> NeuronObservables:
        """Recordings on the grid of ``dt``, in units of the model."""
        dt = self.experiment.dt
        spikes = hw_data.spikes.to_dense(runtime_s, dt) if hw_data.spikes is not None else None
        signals = {"voltage": AnalogObservable(), "adaptation": AnalogObservable()}
        if hw_data.cadc is not None:
            signals[self._cadc_readout_source].cadc = self._scale(
                hw_data.cadc.to_dense(runtime_s, dt, self.interpolation_mode))
        if hw_data.madc is not None:
            signals[self._madc_readout_source].madc = hw_data.madc.to_raw()
        names = ("spikes", "cadc", "madc") if self.fire else ("cadc", "madc")
        return NeuronObservables.of(names, spikes=spikes, **signals)

    # ---- Equations ----

    def _graded(self, inputs: Sequence[Any]) -> Union[torch.Tensor, tuple]:
        spikes = []
        for handle in inputs:
            if not hasattr(handle, "graded_spikes"):
                raise TypeError(f"{type(self).__name__} takes outputs of synapses, not {handle}")
            spikes.append(handle.graded_spikes)
        return spikes[0] if len(spikes) == 1 else tuple(spikes)

    def _capacitance(self) -> Any:
        value, tau = self.membrane_capacitance.model_value, self.tau_mem.model_value
        if self._gain_is_one:
            return tau
        if float(torch.as_tensor(value).detach().max()) >= 1:
            if not getattr(self, "_warned", False):
                self._warned = True
                warnings.warn(f"{type(self).__name__}: a membrane_capacitance of 1 or more is a "
                              "hardware value; the model takes an input gain of 1")
            return tau
        return value

    def forward_func(self, *inputs: Any, hw_data: Any = None) -> handles.Handle:
        """Integrates the neurons, along measured traces where there are any."""
        c_mem = self._capacitance()
        value = lambda p: p.model_value  # noqa: E731
        terms = {}
        if self.exponential:
            terms.update(exp_slope=value(self.exponential_slope),
                         exp_threshold=value(self.exponential_threshold))
        if self.subthreshold_adaptation or self.spike_triggered_adaptation:
            terms.update(tau_adap=value(self.tau_adap))
        if self.subthreshold_adaptation:
            terms["subthreshold_adaptation_strength"] = value(
                self.subthreshold_adaptation_strength)
        if self.spike_triggered_adaptation:
            terms["spike_triggered_adaptation_increment"] = value(
                self.spike_triggered_adaptation_increment)
        refractory = value(self.refractory_time)
        refracts = self._refracts and self.fire and bool(
            torch.as_tensor(refractory).detach().max() > 0)
        membrane, membrane_madc, current, adaptation, adaptation_madc, spikes = \
            F.cuba_aelif_integration(
                self._graded(inputs), leak=value(self.leak), reset=value(self.reset),
                threshold=value(self.threshold), tau_syn=value(self.tau_syn), c_mem=c_mem,
                g_l=c_mem / value(self.tau_mem), refractory_time=refractory, method=self.method,
                alpha=self.alpha, hw_data=hw_data, dt=self.experiment.dt, leaky=self.leaky,
                fire=self.fire, refractory=refracts, exponential=self.exponential,
                subthreshold_adaptation=self.subthreshold_adaptation,
                spike_triggered_adaptation=self.spike_triggered_adaptation, **terms)
        fields = {"membrane_cadc": membrane, "membrane_madc": membrane_madc, "current": current}
        if self.fire:
            fields["spikes"] = spikes
        if self.subthreshold_adaptation or self.spike_triggered_adaptation:
            fields.update(adaptation_cadc=adaptation, adaptation_madc=adaptation_madc)
        return type(self.output_handle)(**fields)


def _one(value: Any, index: int) -> float:
    array = torch.as_tensor(value).detach().reshape(-1)
    return float(array[index if array.numel() > 1 else 0])


class LIF(AELIF):
    """Leaky integrate-and-fire neurons: `AELIF` without exponential term and adaptation."""

    output_type = handles.LIFObservables

    def __init__(self, size: int, experiment: Any, leak: ParameterType = 80,
                 reset: ParameterType = 80, threshold: ParameterType = 125,
                 tau_mem: ParameterType = 10e-6, tau_syn: ParameterType = 10e-6,
                 i_synin_gm: ParameterType = 500,
                 membrane_capacitance: Optional[ParameterType] = None,
                 refractory_time: ParameterType = 1e-6, synapse_dac_bias: ParameterType = 600,
                 holdoff_time: ParameterType = 0., method: str = "superspike", alpha: float = 50.,
                 execution_instance: Any = None, enable_spike_recording: bool = True,
                 enable_cadc_recording: bool = True,
                 enable_cadc_recording_placement_in_dram: bool = False,
                 enable_madc_recording: bool = False, record_neuron_id: Optional[int] = None,
                 placement_constraint: Optional[List[Any]] = None, trace_offset: Any = 0.,
                 trace_scale: Any = 1., cadc_time_shift: int = 0,
                 shift_cadc_to_first: bool = False, interpolation_mode: str = "linear",
                 neuron_structure: Any = None, **extra: Any) -> None:
        extra = {"leaky": True, **extra}
        super().__init__(
            size, experiment, leak=leak, reset=reset, threshold=threshold, tau_mem=tau_mem,
            tau_syn=tau_syn, i_synin_gm=i_synin_gm, membrane_capacitance=membrane_capacitance,
            refractory_time=refractory_time, synapse_dac_bias=synapse_dac_bias,
            holdoff_time=holdoff_time, method=method, alpha=alpha,
            execution_instance=execution_instance, enable_spike_recording=enable_spike_recording,
            enable_cadc_recording=enable_cadc_recording,
            enable_cadc_recording_placement_in_dram=enable_cadc_recording_placement_in_dram,
            enable_madc_recording=enable_madc_recording, record_neuron_id=record_neuron_id,
            placement_constraint=placement_constraint, trace_offset=trace_offset,
            trace_scale=trace_scale, cadc_time_shift=cadc_time_shift,
            shift_cadc_to_first=shift_cadc_to_first, interpolation_mode=interpolation_mode,
            neuron_structure=neuron_structure, fire=True, exponential=False,
            subthreshold_adaptation=False, spike_triggered_adaptation=False, **extra)


class LI(AELIF):
    """Leaky integrators for read-out: no threshold, no spikes."""

    output_type = handles.LIObservables

    def __init__(self, size: int, experiment: Any, leak: ParameterType = 80,
                 tau_mem: ParameterType = 10e-6, tau_syn: ParameterType = 10e-6,
                 i_synin_gm: ParameterType = 500,
                 membrane_capacitance: Optional[ParameterType] = None,
                 synapse_dac_bias: ParameterType = 600, execution_instance: Any = None,
                 enable_cadc_recording: bool = True,
                 enable_cadc_recording_placement_in_dram: bool = False,
                 enable_madc_recording: bool = False, record_neuron_id: Optional[int] = None,
                 placement_constraint: Optional[List[Any]] = None, trace_offset: Any = 0.,
                 trace_scale: Any = 1., cadc_time_shift: int = 0,
                 shift_cadc_to_first: bool = False, interpolation_mode: str = "linear",
                 neuron_structure: Any = None, **extra: Any) -> None:
        for name in ("reset", "threshold", "holdoff_time", "refractory_time", "method", "alpha"):
            extra.pop(name, None)
        spikes = bool(extra.pop("enable_spike_recording", False))
        super().__init__(
            size, experiment, leak=leak, reset=leak, tau_mem=tau_mem, tau_syn=tau_syn,
            i_synin_gm=i_synin_gm, membrane_capacitance=membrane_capacitance, refractory_time=0.,
            synapse_dac_bias=synapse_dac_bias, execution_instance=execution_instance,
            enable_spike_recording=spikes, enable_cadc_recording=enable_cadc_recording,
            enable_cadc_recording_placement_in_dram=enable_cadc_recording_placement_in_dram,
            enable_madc_recording=enable_madc_recording, record_neuron_id=record_neuron_id,
            placement_constraint=placement_constraint, trace_offset=trace_offset,
            trace_scale=trace_scale, cadc_time_shift=cadc_time_shift,
            shift_cadc_to_first=shift_cadc_to_first, interpolation_mode=interpolation_mode,
            neuron_structure=neuron_structure, fire=False, exponential=False,
            subthreshold_adaptation=False, spike_triggered_adaptation=False, **extra)


class Neuron(LIF):
    """`LIF` under its older name and with its older numerics: input gain 1, no refractory period
    in the model."""

    _gain_is_one, _refracts = True, False


class ReadoutNeuron(LI):
    """`LI` under its older name and with its older numerics: input gain 1."""

    _gain_is_one = True


class IAFNeuron(Neuron):
    """Integrate-and-fire neurons without leak, with the older numerics; start at ``reset``."""

    def __init__(self, size: int, experiment: Any, **parameters: Any) -> None:
        if "leak" in parameters:
            raise TypeError("IAFNeuron has no leak")
        super().__init__(size, experiment, leaky=False, **parameters)

    def forward_func(self, *inputs: Any, hw_data: Any = None) -> handles.LIFObservables:
        """Integrates without leak."""
        spikes, membrane, current, madc = F.cuba_iaf_integration(
            self._graded(inputs), reset=self.reset.model_value,
            threshold=self.threshold.model_value, tau_syn=self.tau_syn.model_value,
            tau_mem=self.tau_mem.model_value, method=self.method, alpha=self.alpha,
            hw_data=hw_data, dt=self.experiment.dt)
        return handles.LIFObservables(spikes=spikes, membrane_cadc=membrane, current=current,
                                      membrane_madc=madc)


class EventPropLIF(LIF):
    """`LIF` whose gradients come from EventProp; behind `EventPropSynapse`."""

    def forward_func(self, *inputs: Any, hw_data: Any = None) -> handles.LIFObservables:
        """Integrates with the equations of EventProp."""
        if len(inputs) != 1:
            raise ValueError(f"EventPropLIF takes one input, not {len(inputs)}")
        spikes, membrane, current = F.EventPropLIFFunction.apply(
            inputs[0].graded_spikes, self.leak.model_value, self.reset.model_value,
            self.threshold.model_value, self.tau_syn.model_value, self.tau_mem.model_value,
            hw_data, self.experiment.dt)
        return handles.LIFObservables(spikes=spikes, membrane_cadc=membrane, current=current)


EventPropNeuron = EventPropLIF


class NeuronExp(LIF):
    """Deprecated: `LIF` whose time constants have ``exp(-dt / tau)`` as model value."""

    def forward_func(self, *inputs: Any, hw_data: Any = None) -> handles.LIFObservables:
        """Integrates with decay factors."""
        warnings.warn("NeuronExp is deprecated, use LIF", DeprecationWarning)
        spikes, membrane, current, madc = F.exp_cuba_lif_integration(
            self._graded(inputs), leak=self.leak.model_value, reset=self.reset.model_value,
            threshold=self.threshold.model_value, tau_syn_exp=self.tau_syn.model_value,
            tau_mem_exp=self.tau_mem.model_value, method=self.method, alpha=self.alpha,
            hw_data=hw_data)
        return handles.LIFObservables(spikes=spikes, membrane_cadc=membrane, current=current,
                                      membrane_madc=madc)


class ReadoutNeuronExp(LI):
    """Deprecated: `LI` whose time constants have ``exp(-dt / tau)`` as model value."""

    def forward_func(self, *inputs: Any, hw_data: Any = None) -> handles.LIObservables:
        """Integrates with decay factors."""
        warnings.warn("ReadoutNeuronExp is deprecated, use LI", DeprecationWarning)
        membrane, current, madc = F.exp_cuba_li_integration(
            self._graded(inputs), leak=self.leak.model_value,
            tau_syn_exp=self.tau_syn.model_value, tau_mem_exp=self.tau_mem.model_value,
            hw_data=hw_data)
        return handles.LIObservables(membrane_cadc=membrane, current=current, membrane_madc=madc)
