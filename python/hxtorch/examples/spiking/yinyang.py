"""Learns the Yin-Yang data set in software or with a chip in the loop.

    python3 -m hxtorch.examples.spiking.yinyang --mock --epochs 5 --lr 0.002 \\
        --weight-init-hidden-mean 0.8 --weight-init-hidden-std 0.25
    HX_TARGET=twin: python3 -m hxtorch.examples.spiking.yinyang --epochs 5 --plot-path yinyang.png
"""
from __future__ import annotations

import argparse
import time
from typing import List, Optional, Tuple

import torch

import hxtorch
from hxtorch.examples.spiking.yinyang_model import SNN, Model
from hxtorch.spiking.datasets.yinyang import YinYangDataset
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes


def get_parser() -> argparse.ArgumentParser:
    """The options with their defaults."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--mock", action="store_true", help="software only")
    for name, default, text in (
            ("seed", 42, "of weights and order"), ("testset-size", 1000, "samples"),
            ("trainset-size", 5000, "samples"), ("t-shift", 0., "s, of all inputs"),
            ("t-bias", 2e-6, "s, spike of the bias"), ("t-early", 2e-6, "s, of coordinate 0"),
            ("t-late", 26e-6, "s, of coordinate 1"), ("t-sim", 38e-6, "s, of a sample"),
            ("dt", 1e-6, "s, of a step"), ("n-hidden", 120, "hidden neurons"),
            ("tau-mem", 6e-6, "s"), ("tau-syn", 6e-6, "s"),
            ("weight-init-hidden-mean", 0.2, ""), ("weight-init-hidden-std", 0.2, ""),
            ("weight-init-out-mean", 0., ""), ("weight-init-out-std", 0.1, ""),
            ("alpha", 150., "steepness of the surrogate gradient"), ("epochs", 10, ""),
            ("batch-size", 50, ""), ("gamma", 0.5, "factor of the learning rate"),
            ("step-size", 50, "epochs between two factors"), ("lr", 0.0005, "learning rate"),
            ("reg-bursts", 0., ""), ("reg-weights-hidden", 0., ""),
            ("reg-weights-output", 0., ""), ("reg-readout", 0.0004, ""),
            ("readout-scaling", 10., "of the scores"),
            ("weight-scale", 64., "synapse weight per weight of the model"),
            ("trace-scale", 0.02, "units of the model per CADC LSB")):
        parser.add_argument(f"--{name}", type=type(default), default=default,
                            help=f"{text} (default {default})".strip())
    parser.add_argument("--gradient-estimator", default="surrogate_gradient",
                        choices=["surrogate_gradient", "eventprop"])
    parser.add_argument("--calib-path", default=None, help="calibration file (default: none)")
    parser.add_argument("--plot-path", default=None, help="picture (default: none)")
    return parser


def _load(size: int, seed: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """All samples at once: (size, 4) float32 and (size,) classes."""
    data = YinYangDataset(size=size, seed=seed)
    values, classes = zip(*(data[i] for i in range(size)))
    return (torch.stack([torch.as_tensor(v) for v in values]).float(),
            torch.tensor([int(c) for c in classes]))


def _epoch(model: Model, data: Tuple[torch.Tensor, torch.Tensor], args: argparse.Namespace,
           optimizer: Optional[torch.optim.Optimizer]) -> Tuple[float, float]:
    """Loss and accuracy of one pass; with an optimiser the weights learn."""
    values, classes = data
    order = torch.randperm(len(classes)) if optimizer else torch.arange(len(classes))
    loss_sum, right = 0., 0
    for batch in order.split(args.batch_size):
        with torch.set_grad_enabled(optimizer is not None):
            scores = model(values[batch])
            loss = torch.nn.functional.cross_entropy(scores, classes[batch])
            if optimizer is not None:
                optimizer.zero_grad()
                (loss + model.network.regularize(
                    args.reg_readout, args.reg_bursts, args.reg_weights_hidden,
                    args.reg_weights_output)).backward()
                optimizer.step()
        loss_sum += loss.item() * len(batch)
        right += int((scores.argmax(1) == classes[batch]).sum())
    return loss_sum / len(classes), right / len(classes)


def build(args: argparse.Namespace) -> Model:
    """The untrained model of the options."""
    encoder = CoordinatesToSpikes(
        seq_length=round(args.t_sim / args.dt), t_early=args.t_early + args.t_shift,
        t_late=args.t_late + args.t_shift, dt=args.dt, t_bias=args.t_bias + args.t_shift)
    network = SNN(args.n_hidden, args.mock, args.dt, args.tau_mem, args.tau_syn, args.alpha,
                  args.gradient_estimator,
                  (args.weight_init_hidden_mean, args.weight_init_hidden_std),
                  (args.weight_init_out_mean, args.weight_init_out_std), args.weight_scale,
                  args.trace_scale, args.calib_path)
    return Model(encoder, network, readout_scale=args.readout_scaling)


def _warn_if_silent(model: Model, args: argparse.Namespace) -> None:
    """Nothing is learned without hidden spikes: says what to change."""
    if not bool(model.network.hidden.spikes.any()):
        print("  no neuron of the hidden layer spikes, so nothing is learned: try larger weights "
              f"than --weight-init-hidden-mean {args.weight_init_hidden_mean} (0.8 with a standard "
              "deviation of 0.25 learns in software)", flush=True)


def main(args: argparse.Namespace) -> Tuple[List[float], List[float], List[float], List[float]]:
    """Trains and tests, one line of progress per epoch.

    :return: losses and accuracies (0..1) of training and test, one entry per epoch.
    """
    torch.manual_seed(args.seed)
    opened = not args.mock
    if opened:
        hxtorch.init_hardware()
    try:
        model = build(args)
        train, test = _load(args.trainset_size, 42), _load(args.testset_size, 40)
        optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, args.step_size, args.gamma)
        history: Tuple[List[float], ...] = ([], [], [], [])
        for epoch in range(args.epochs):
            begin = time.perf_counter()
            values = (*_epoch(model, train, args, optimizer), *_epoch(model, test, args, None))
            scheduler.step()
            for series, value in zip(history, values):
                series.append(value)
            print(f"epoch {epoch + 1}/{args.epochs}: training {100 * values[1]:.1f} %, test "
                  f"{100 * values[3]:.1f} %, loss {values[0]:.3f}, "
                  f"{time.perf_counter() - begin:.1f} s", flush=True)
            _warn_if_silent(model, args)
        if args.plot_path:
            _plot(model, history, args.plot_path)
    finally:
        if opened:
            hxtorch.release_hardware()
    return history  # type: ignore[return-value]


def _plot(model: Model, history: Tuple[List[float], ...], path: str) -> None:
    """Decision regions, loss and a raster of the hidden layer."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    points = torch.linspace(0, 1, 50)
    x, y = torch.meshgrid(points, points, indexing="ij")
    flat = torch.stack([x, y, 1 - x, 1 - y], dim=-1).reshape(-1, 4)
    with torch.no_grad():
        classes = torch.cat([model(part).argmax(1) for part in flat.split(50)])
    spikes = model.network.hidden.spikes[:, 0].nonzero()
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6))
    axes[0].imshow(classes.reshape(50, 50).T, origin="lower", extent=(0, 1, 0, 1), cmap="viridis")
    axes[0].set(title="decision regions", xlabel="x", ylabel="y")
    axes[1].plot(history[0], label="training")
    axes[1].plot(history[2], label="test")
    axes[1].set(title="loss", xlabel="epoch")
    axes[1].legend()
    axes[2].plot(spikes[:, 0], spikes[:, 1], "k|")
    axes[2].set(title="hidden spikes of one sample", xlabel="step", ylabel="neuron")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


if __name__ == "__main__":
    main(get_parser().parse_args())
