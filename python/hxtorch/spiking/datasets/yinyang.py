"""
The Yin-Yang data set: points in a Yin-Yang sign, to be sorted into yin, yang and dots.

Small enough for a network of 120 neurons, and not solvable by a linear classifier (about 64 %).
Equal seeds give the same sequence of samples as the public data set of that name.

>>> data = YinYangDataset(size=2, seed=42)
>>> values, label = data[0]
>>> [round(v, 4) for v in values.tolist()], data.class_names[label]
([0.6803, 0.4505, 0.3197, 0.5495], 'dot')
"""
import math
from typing import Any, Callable, Optional, Tuple

import numpy as np
from torch.utils.data import Dataset


class YinYangDataset(Dataset):
    """
    :param r_small: radius of the dots
    :param r_big: radius of the sign; coordinates are in [0, 2 r_big]
    :param size: number of samples
    :param seed: seed of the sequence
    :param transform: applied to the four values of an item
    :raises ValueError: if the dots are too large for the sign (``2 r_small >= r_big``)
    """

    class_names = ["yin", "yang", "dot"]

    def __init__(self, r_small: float = 0.1, r_big: float = 0.5, size: int = 1000, seed: int = 42,
                 transform: Optional[Callable[[np.ndarray], Any]] = None) -> None:
        super().__init__()
        if 2 * r_small >= r_big:
            raise ValueError(f"YinYangDataset: dots of radius {r_small} do not fit into a sign of "
                             f"radius {r_big}: 2 * r_small must be below r_big")
        if size < 0:
            raise ValueError(f"YinYangDataset: size is {size}, it must not be negative")
        self.r_small = r_small
        self.r_big = r_big
        self.transform = transform
        self._rng = np.random.RandomState(seed)
        self._vals = np.empty((size, 4), dtype=np.float64)
        self._cs = np.empty(size, dtype=np.int64)
        for i in range(size):
            # The goal is drawn first, so that all classes are equally frequent.
            x, y, label = self._draw(self._rng.randint(3))
            self._vals[i] = (x, y, 1. - x, 1. - y)
            self._cs[i] = label

    def _draw(self, goal: int) -> Tuple[float, float, int]:
        """A uniform point of class `goal`, by rejection."""
        draw, width = self._rng.random_sample, 2. * self.r_big
        while True:
            x, y = draw() * width, draw() * width
            if math.hypot(x - self.r_big, y - self.r_big) > self.r_big:
                continue
            if self.which_class(x, y) == goal:
                return x, y, goal

    def dist_to_right_dot(self, x: float, y: float) -> float:
        """Distance to the centre of the right dot, at (1.5 r_big, r_big)."""
        return math.hypot(x - 1.5 * self.r_big, y - self.r_big)

    def dist_to_left_dot(self, x: float, y: float) -> float:
        """Distance to the centre of the left dot, at (0.5 r_big, r_big)."""
        return math.hypot(x - 0.5 * self.r_big, y - self.r_big)

    def which_class(self, x: float, y: float) -> int:
        """Class of a point of the sign: 0 yin, 1 yang, 2 dot."""
        right = self.dist_to_right_dot(x, y)
        left = self.dist_to_left_dot(x, y)
        if right < self.r_small or left < self.r_small:
            return 2
        return int(right <= self.r_small
                   or (self.r_small < left <= 0.5 * self.r_big)
                   or (y > self.r_big and right > 0.5 * self.r_big))

    def __len__(self) -> int:
        return len(self._cs)

    def __getitem__(self, index: int) -> Tuple[Any, int]:
        """``(values, class)``: float64 array ``(x, y, 1 - x, 1 - y)``, transformed; class 0, 1, 2"""
        values = self._vals[index].copy()
        if self.transform is not None:
            values = self.transform(values)
        return values, int(self._cs[index])
