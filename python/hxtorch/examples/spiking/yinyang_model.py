"""The network that learns the Yin-Yang data set: 5 -> hidden -> 3."""
from __future__ import annotations

from functools import partial
from typing import Any, Optional, Tuple

import torch

from hxtorch.spiking import (
    EventPropLIF, EventPropSynapse, Experiment, HXParameter, LIFObservables,
    MixedHXModelParameter, Neuron, ReadoutNeuron, Synapse, run)
from hxtorch.spiking.transforms.decode import MaxOverTime
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

#: Neurons on the chip, CADC LSB and codes. With time constants of 6 us a weight has an effect of
#: 2 LSB per unit and the threshold is 68 LSB away, so that 63 is 1.85 in units of the model.
LEAK, THRESHOLD = 80, 148
SYNAPSE_DAC_BIAS, I_SYNIN_GM = 1000, 1000

__all__ = ["SNN", "Model"]


class SNN(torch.nn.Module):
    """Hidden layer of firing neurons and three readout neurons.

    :param gradient_estimator: ``"surrogate_gradient"`` or ``"eventprop"``.
    :param weight_init_hidden: mean and standard deviation of the hidden weights; likewise
        `weight_init_output`.
    :param weight_scale: synapse weight per weight of the model.
    :param trace_scale: units of the model per CADC LSB.
    """

    def __init__(self, n_hidden: int = 120, mock: bool = False, dt: float = 1e-6,
                 tau_mem: float = 6e-6, tau_syn: float = 6e-6, alpha: float = 150.,
                 gradient_estimator: str = "surrogate_gradient",
                 weight_init_hidden: Tuple[float, float] = (0.2, 0.2),
                 weight_init_output: Tuple[float, float] = (0., 0.1),
                 weight_scale: float = 64., trace_scale: float = 0.02,
                 calib_path: Optional[str] = None) -> None:
        super().__init__()
        self.exp = Experiment(mock=mock, dt=dt)
        if calib_path is not None:
            self.exp.default_execution_instance.load_calib(calib_path)
        event = gradient_estimator == "eventprop"
        if not event and gradient_estimator != "surrogate_gradient":
            raise ValueError(f"gradient_estimator '{gradient_estimator}': 'surrogate_gradient' or "
                             "'eventprop'")
        transform = partial(linear_saturating, scale=weight_scale)
        synapse = EventPropSynapse if event else Synapse
        common = {"tau_mem": HXParameter(tau_mem), "tau_syn": HXParameter(tau_syn),
                  "i_synin_gm": I_SYNIN_GM, "synapse_dac_bias": SYNAPSE_DAC_BIAS,
                  "trace_scale": trace_scale, "shift_cadc_to_first": True}
        leak = (lambda: MixedHXModelParameter(0., LEAK))
        self.linear_h = synapse(5, n_hidden, self.exp, transform=transform)
        self.lif_h = (EventPropLIF if event else Neuron)(
            n_hidden, self.exp, leak=leak(), reset=leak(),
            threshold=MixedHXModelParameter(1., THRESHOLD), alpha=alpha, **common)
        self.linear_o = Synapse(n_hidden, 3, self.exp, transform=transform)
        # Read-out neurons in the other row, so that both rows are read by the converter at once.
        self.li_readout = ReadoutNeuron(3, self.exp, leak=leak(),
                                        placement_constraint=[256, 257, 258], **common)
        torch.nn.init.normal_(self.linear_o.weight, *weight_init_output)
        torch.nn.init.normal_(self.linear_h.weight, *weight_init_hidden)
        self.hidden: Optional[LIFObservables] = None

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Readout traces (T, B, 3) for input spikes (T, B, 5)."""
        hidden = self.lif_h(self.linear_h(LIFObservables(spikes=spikes)))
        readout = self.li_readout(self.linear_o(hidden))
        run(self.exp, int(spikes.shape[0]))
        self.hidden = hidden
        return readout.membrane_cadc

    def regularize(self, reg_readout: float, reg_bursts: float, reg_w_hidden: float,
                   reg_w_output: float) -> torch.Tensor:
        """Penalties on readout traces, spike counts and weights; call behind `forward`."""
        readout = self.li_readout.output_handle.membrane_cadc
        loss = reg_readout * (readout ** 2).mean()
        loss = loss + reg_bursts * (self.hidden.spikes.sum(0) ** 2).mean()
        loss = loss + reg_w_hidden * (self.linear_h.weight ** 2).mean()
        return loss + reg_w_output * (self.linear_o.weight ** 2).mean()


class Model(torch.nn.Module):
    """Encoder, network and decoder: coordinates (B, 4) -> scores (B, 3)."""

    def __init__(self, encoder: CoordinatesToSpikes, network: SNN, decoder: Any = MaxOverTime(),
                 readout_scale: float = 1.) -> None:
        super().__init__()
        self.encoder, self.network, self.decoder = encoder, network, decoder
        self.readout_scale = readout_scale

    def forward(self, coordinates: torch.Tensor) -> torch.Tensor:
        """Scores (B, 3)."""
        traces = self.network(self.encoder(coordinates))
        return self.readout_scale * self.decoder(traces)
