"""Which signal of a neuron a converter records."""


class ReadoutSource:
    """Names of the recordable signals, for ``cadc_readout_source`` and ``madc_readout_source``.

    :cvar VOLTAGE: the membrane potential.
    :cvar ADAPTATION: the adaptation variable.
    """

    VOLTAGE = "voltage"
    ADAPTATION = "adaptation"
