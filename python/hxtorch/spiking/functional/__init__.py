"""Functions behind the modules of :mod:`hxtorch.spiking`: neurons, synapses, surrogate gradients.

Every equation of the package lives here once. Tensors are time first, ``(T, B, N)``: ``T`` steps of
width ``dt`` seconds, ``B`` batch entries, ``N`` neurons (or ``K`` inputs). Times (``tau_syn``,
``tau_mem``, ``c_mem``, ``refractory_time``, ``dt``) are seconds; potentials and weights are in the
unit of the threshold. ``float64`` in gives ``float64`` out.

Example (a layer of three leaky integrate-and-fire neurons)::

    import torch
    import hxtorch.spiking.functional as F

    spikes_in = (torch.rand(60, 10, 5) < 0.1).float()
    weight = torch.randn(3, 5, requires_grad=True)
    spikes, membrane, current, _ = F.cuba_lif_integration(
        F.linear(spikes_in, weight), leak=0., reset=0., threshold=1., tau_syn=6e-6, tau_mem=6e-6,
        method="superspike", alpha=50.)
    spikes.sum().backward()

On the CPU compiled kernels do the work (:mod:`hxtorch.spiking.functional.kernels`). Other devices,
trainable parameters, a changed step code and double backward take the same equations in plain
torch.
"""
from hxtorch.spiking.functional.dropout import batch_dropout
from hxtorch.spiking.functional.eventprop import (
    EventPropLIFFunction, EventPropNeuronFunction, EventPropSynapseFunction)
from hxtorch.spiking.functional.exponential import (
    exp_cuba_li_integration, exp_cuba_lif_integration)
from hxtorch.spiking.functional.injection import Unterjubel, input_neuron
from hxtorch.spiking.functional.integration import (
    cuba_aelif_integration, cuba_iaf_integration, cuba_li_integration, cuba_lif_integration,
    cuba_refractory_iaf_integration, cuba_refractory_lif_integration)
from hxtorch.spiking.functional.refractory import refractory_update
from hxtorch.spiking.functional.step_code import CuBaStepCode
from hxtorch.spiking.functional.surrogate import (
    SuperSpike, check_method, superspike_func, threshold)
from hxtorch.spiking.functional.synapse import (
    WeightRounding, linear, linear_exponential_clamp, linear_sparse)

__all__ = [
    "CuBaStepCode", "EventPropLIFFunction", "EventPropNeuronFunction", "EventPropSynapseFunction",
    "SuperSpike", "Unterjubel", "WeightRounding", "batch_dropout", "check_method",
    "cuba_aelif_integration", "cuba_iaf_integration", "cuba_li_integration",
    "cuba_lif_integration", "cuba_refractory_iaf_integration", "cuba_refractory_lif_integration",
    "exp_cuba_li_integration", "exp_cuba_lif_integration", "input_neuron", "linear",
    "linear_exponential_clamp", "linear_sparse", "refractory_update", "superspike_func",
    "threshold",
]
