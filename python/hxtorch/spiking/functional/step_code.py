"""Python text of one integration step, and its execution."""
from __future__ import annotations

import traceback
import warnings
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Dict

_FILE = "integration_step_code"


@dataclass(frozen=True)
class CuBaStepCode:
    """Writes the code of one step of a current-based neuron for a choice of terms.

    :func:`~hxtorch.spiking.functional.cuba_aelif_integration` executes the text that
    :meth:`generate` returns once per time step, so a changed text is a changed neuron::

        code = CuBaStepCode(leaky=True, fire=True).generate()
        code += "\\nv = v.clamp(min=-1.)"

    Names in the text: the input ``x``; the state ``i`` (synaptic current), ``v`` (membrane), ``w``
    (adaptation), ``z`` (spikes) and ``ref`` (remaining refractory steps), each ``(B, N)``; the
    keyword arguments of ``cuba_aelif_integration`` by their names; ``dt_c = dt / c_mem``,
    ``syn_decay = 1 - dt / tau_syn``, ``adap_step = dt / tau_adap``, ``adap_decay = 1 - adap_step``;
    measured values of the step ``v_hw``, ``w_hw``, ``z_hw``; functions ``spike`` (threshold with
    surrogate gradient), ``inject`` (:class:`Unterjubel`), ``refractory_update``; ``torch``.
    Any other variable the text sets is kept until the next step.

    :param leaky: leak term.
    :param fire: threshold and reset.
    :param refractory: refractory period; ignored with a ``UserWarning`` if the neuron does not
        fire.
    :param exponential: exponential term.
    :param subthreshold_adaptation: adaptation follows the membrane.
    :param spike_triggered_adaptation: adaptation grows with each spike.
    :param hw_voltage_trace_available: the measured membrane replaces the simulated one; no reset
        then.
    :param hw_adaptation_trace_available: the same for the adaptation.
    :param hw_spikes_available: measured spikes replace the simulated ones.
    """

    leaky: bool = True
    fire: bool = True
    refractory: bool = False
    exponential: bool = False
    subthreshold_adaptation: bool = False
    spike_triggered_adaptation: bool = False
    hw_voltage_trace_available: bool = False
    hw_adaptation_trace_available: bool = False
    hw_spikes_available: bool = False

    def generate(self) -> str:
        """:returns: the text, one statement per line, without a final line feed."""
        if self.refractory and not self.fire:
            warnings.warn("A refractory time has no effect on neurons that do not fire; it is "
                          "skipped.", UserWarning, stacklevel=2)
        return _generate(self)


@lru_cache(maxsize=None)
def _generate(flags: CuBaStepCode) -> str:
    adaptive = flags.subthreshold_adaptation or flags.spike_triggered_adaptation
    drive = "i"
    if flags.leaky:
        drive += " + g_l * (leak - v)"
    if flags.exponential:
        drive += " + g_l * exp_slope * torch.exp((v - exp_threshold) / exp_slope)"
    if adaptive:
        drive += " - w"
    lines = [f"dv = dt_c * ({drive})", "i = i * syn_decay + x"]
    if flags.hw_voltage_trace_available:
        lines.append("v = inject(v + dv, v_hw)")
    else:
        lines.append("v = v + dv")
    if flags.fire:
        lines.append("z = spike(v - threshold, method, alpha)")
        if flags.hw_spikes_available:
            lines.append("z = inject(z, z_hw)")
    if adaptive:
        change = "w * adap_decay"
        if flags.subthreshold_adaptation:
            change += " + adap_step * subthreshold_adaptation_strength * (v - leak)"
        if flags.spike_triggered_adaptation and flags.fire:
            change += " + spike_triggered_adaptation_increment * z"
        lines.append(f"w = {change}")
        if flags.hw_adaptation_trace_available:
            lines.append("w = inject(w, w_hw)")
    if flags.fire and not flags.hw_voltage_trace_available:
        lines.append("v = (1. - z.detach()) * v + z.detach() * reset")
    if flags.fire and flags.refractory:
        lines.append("z, v, ref = refractory_update(z, v, ref, "
                     f"{'z_hw' if flags.hw_spikes_available else None}, "
                     f"{'v_hw' if flags.hw_voltage_trace_available else None}, "
                     "reset=reset, refractory_time=refractory_time, dt=dt)")
    return "\n".join(lines)


def _failure(code: str, line_number: int, error: BaseException) -> RuntimeError:
    lines = code.splitlines()
    line = lines[line_number - 1] if 0 < line_number <= len(lines) else ""
    return RuntimeError(
        "An error occured while executing the code of the integration step.\n"
        f"In line {line_number} (\"{line}\") in integration_step_code, following error occured:\n"
        f"{error}")


@lru_cache(maxsize=64)
def _compiled(code: str) -> CodeType:
    return compile(code, _FILE, "exec")


def compile_step(code: str) -> CodeType:
    """Code object of a step text; ``RuntimeError`` that names the line if it is not valid
    Python."""
    try:
        return _compiled(code)
    except SyntaxError as error:
        raise _failure(code, error.lineno or 0, error) from error


def execute_step(compiled: CodeType, code: str, names: Dict[str, Any]) -> None:
    """Execute one step on the variables ``names``.

    :raises RuntimeError: whatever the text raises, with number and text of the line.
    """
    try:
        exec(compiled, names)  # pylint: disable=exec-used
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        numbers = [frame.lineno for frame in frames if frame.filename == _FILE]
        raise _failure(code, (numbers[-1] or 0) if numbers else 0, error) from error
