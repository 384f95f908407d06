"""The documented equations, written down as plainly as possible; used as the oracle in float64."""
import torch


def surrogate(distance, alpha):
    """Heaviside with the SuperSpike derivative, without a custom autograd function."""
    slope = 1. / (alpha * distance.detach().abs() + 1.) ** 2
    smooth = distance * slope
    return (distance > 0).to(distance.dtype).detach() + (smooth - smooth.detach())


def inject(software, hardware):
    return hardware + (software - software.detach()) if hardware is not None else software


def integrate(x, dt, leak=0., reset=0., threshold=1., tau_syn=1e-5, c_mem=1e-5, g_l=1., alpha=50.,
              refractory_time=0., exp_slope=None, exp_threshold=None, a=0., b=0., tau_adap=1e-4,
              leaky=True, fire=True, exponential=False, subthreshold=False, spike_triggered=False,
              hw=None, start=None):
    """Membrane, current, adaptation, spikes; each (T, B, N)."""
    hw = hw or {}
    i = w = ref = torch.zeros_like(x[0])
    v = torch.zeros_like(x[0]) + (start if start is not None else
                                  leak if leaky or subthreshold else 0.)
    rows = []
    for t in range(x.shape[0]):
        v_hw, z_hw, w_hw = (
            hw[k][t] if k in hw else None for k in ("voltage", "spikes", "adaptation"))
        drive = i
        if leaky:
            drive = drive + g_l * (leak - v)
        if exponential:
            drive = drive + g_l * exp_slope * torch.exp((v - exp_threshold) / exp_slope)
        if subthreshold or spike_triggered:
            drive = drive - w
        i, v = i * (1 - dt / tau_syn) + x[t], inject(v + dt / c_mem * drive, v_hw)
        z = torch.zeros_like(v)
        if fire:
            z = inject(surrogate(v - threshold, alpha), z_hw)
        if subthreshold or spike_triggered:
            w = w * (1 - dt / tau_adap)
            if subthreshold:
                w = w + dt / tau_adap * a * (v - leak)
            if spike_triggered:
                w = w + b * z
            w = inject(w, w_hw)
        if fire and v_hw is None:
            v = torch.where(z.detach() > 0, torch.zeros_like(v) + reset, v)
        if fire and refractory_time:
            m = ref > 0
            v = inject(torch.where(m, torch.zeros_like(v) + reset, v), v_hw)
            z = inject(torch.where(m, torch.zeros_like(z), z), z_hw)
            ref = torch.where(z.detach() > 0, torch.full_like(ref, round(refractory_time / dt)),
                              torch.clamp(ref - 1, min=0))
        rows.append((v, i, w, z))
    return tuple(torch.stack(r) for r in zip(*rows))


def relative(value, expected):
    """Largest difference in units of the largest expected magnitude."""
    scale = expected.abs().max()
    return float((value - expected).abs().max() / (scale if scale > 0 else 1.))
