"""Measures what a calibrated neuron of the open target can do, to match model and hardware.

    from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling
    from hxtorch.spiking.utils.dynamic_range.weight_scaling import get_weight_scaling

    params = {"leak": MixedHXModelParameter(0., 80), "threshold": MixedHXModelParameter(1., 125)}
    trace_scale = get_trace_scaling(params)           # about 1/45
    weight_scale = get_weight_scaling(params)         # about 47

Each function opens the hardware of ``HX_TARGET`` and releases it again; a connection that is open
already is used and stays open.
"""
