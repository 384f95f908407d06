"""Executes an experiment and fills its handles."""
from __future__ import annotations

from typing import Optional

from hxtorch.spiking.execution_info import ExecutionInfo


def run(experiment, runtime: Optional[int]) -> Optional[ExecutionInfo]:
    """Executes the declared graph and fills all handles.

    :param experiment: the experiment.
    :param runtime: on hardware the number of time steps of ``dt``; ignored in mock.
    :return: times and health; ``None`` in mock.
    :raises ValueError: `runtime` is no int (hardware).
    """
    if not experiment.mock and (isinstance(runtime, bool) or not isinstance(runtime, int)):
        raise ValueError("Requested runtime invalid.")
    if not experiment.modules.graph.nodes:
        return None
    hw_data, info = experiment.get_hw_results(runtime)
    for module, inputs, output in experiment.modules.done():
        module.exec_forward(inputs, output, hw_data)
    return info
