"""How networks are mapped onto the chip: values for ``Experiment(hw_routing_func=...)``.

    Experiment(hw_routing_func=PortfolioRouter())      # the default: fast heuristics, then search
    Experiment(hw_routing_func=GreedyRouter())         # the first heuristic alone

    def mine(problem):                                 # or any callable
        solution = GreedyRouter()(problem)
        print(solution.strategy)
        return solution

Every solution passes an independent checker before it is used; a wrong one, or none, is a
``RuntimeError`` that says why. Building a router needs neither hardware nor the native module.
"""
from __future__ import annotations

from typing import Any, Optional


class _NativeRouter:
    """Base of the routers of the C++ core."""

    _name = ""

    def __init__(self) -> None:
        self._native: Optional[Any] = None

    @property
    def native(self) -> Any:
        """The router of the C++ core; made when first asked for."""
        if self._native is None:
            from hxtorch import _native  # the rest of the module works without it

            self._native = getattr(_native.hardware, self._name)()
        return self._native

    def __call__(self, problem: Any) -> Any:
        """Routes a problem. ``RuntimeError`` with all reasons if there is no solution."""
        return self.native.route(problem)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __getstate__(self) -> dict:
        return {"_native": None}


class PortfolioRouter(_NativeRouter):
    """Several strategies in turn; the first that succeeds wins. The default."""

    _name = "default_router"


class GreedyRouter(_NativeRouter):
    """One pass of the greedy strategy: quickest, gives up early."""

    _name = "greedy_router"
