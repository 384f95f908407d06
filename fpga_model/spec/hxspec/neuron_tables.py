"""Tables of the neuron, for all back ends."""
import math

EXP_INTERVALS = 128
EXP_BITS = 22


def exp_table():
    """6 * exp(z) at z = -8, -7.875 .. 8 in 2^-10 CADC LSB, saturated to EXP_BITS bits."""
    return [min(int(math.floor(6 * 1024 * math.exp(k / 8 - 8) + 0.5)), (1 << EXP_BITS) - 1) for k in range(EXP_INTERVALS + 1)]
