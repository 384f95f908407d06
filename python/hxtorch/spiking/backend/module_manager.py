"""The graph of an experiment: modules as nodes, handles as edges."""
from __future__ import annotations

import abc
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import networkx as nx

Handles = Union[Any, Tuple[Any, ...]]


def _tuple(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


class BaseModuleManager(abc.ABC):
    """What an experiment needs of its graph."""

    @abc.abstractmethod
    def add_node(self, module: Any, sources: Handles, target: Any) -> None:
        """Adds a module with its input handles and its output handle."""

    @abc.abstractmethod
    def add_wrapper(self, wrapper: Any) -> None:
        """Adds a group of modules that is executed as one."""

    @abc.abstractmethod
    def done(self) -> List[tuple]:
        """The executable order; empties the graph."""


class ModuleManager(BaseModuleManager):
    """Nodes: numbers of modules in order of first use, ``s_{id}_{i}`` sources from outside,
    ``t_{id}`` outputs that nobody takes, ``w_{i}`` wrappers. Edges carry their ``handle``.
    """

    def __init__(self) -> None:
        self.graph = nx.DiGraph()
        self.prev_graph: Optional[nx.DiGraph] = None
        self.nodes: Dict[Any, int] = {}
        self.wrappers: Dict[Any, str] = {}
        self._inputs: Dict[Any, Any] = {}  # projection or neuron -> injected input neuron
        self._open_sources: Dict[int, str] = {}  # id(handle) -> node
        self._open_targets: Dict[int, str] = {}
        self._producer: Dict[int, int] = {}
        self._order_in: Dict[int, List[Any]] = {}  # node -> input handles
        self._outputs: Dict[int, Any] = {}
        self._by_number: Dict[int, Any] = {}
        self._changed = False

    def __str__(self) -> str:
        lines = [f"{number}: {module}" for module, number in self.nodes.items()]
        edges = [f"{a} -> {b}" for a, b in self.graph.edges]
        return "Modules:\n  " + "\n  ".join(lines) + "\nEdges: " + ", ".join(edges)

    # ---- Modules and numbers ----

    def get_node_id(self, module: Any) -> int:
        """The number of a module; a new one if it has none."""
        if module not in self.nodes:
            number = len(self.nodes)
            self.nodes[module] = number
            self._by_number[number] = module
        return self.nodes[module]

    def get_id_by_module(self, module: Any) -> Optional[int]:
        """The number of a module, or ``None``."""
        return self.nodes.get(module)

    def get_module_by_id(self, number: Any) -> Optional[Any]:
        """The module of a number, or ``None``."""
        return self._by_number.get(number)

    def has_module(self, module: Any) -> bool:
        """Whether the module has a number."""
        return module in self.nodes

    def get_wrapper_id(self, wrapper: Any) -> str:
        """The name of a wrapper; a new one if it has none."""
        return self.wrappers.setdefault(wrapper, f"w_{len(self.wrappers)}")

    def get_id_by_wrapper(self, wrapper: Any) -> Optional[str]:
        """The name of a wrapper, or ``None``."""
        return self.wrappers.get(wrapper)

    def get_wrapper_by_id(self, name: str) -> Optional[Any]:
        """The wrapper of a name, or ``None``."""
        return next((w for w, n in self.wrappers.items() if n == name), None)

    # ---- Building ----

    def add_node(self, module: Any, sources: Handles, target: Any) -> None:
        """Adds a module with its input handles and its output handle.

        :raises ValueError: the module is in the graph already.
        """
        node = self.get_node_id(module)
        if node in self._order_in:
            raise ValueError(f"{module} is declared twice before a run; give all its input handles "
                             "in one call")
        inputs = _tuple(sources)
        self._order_in[node] = list(inputs)
        self._outputs[node] = target
        self.graph.add_node(node)
        for i, handle in enumerate(inputs):
            key = id(handle)
            if key in self._producer:
                producer = self._producer[key]
                self.graph.add_edge(producer, node, handle=handle)
                self._drop(self._open_targets.pop(key, None))
            else:
                source = self._open_sources.setdefault(key, f"s_{node}_{i}")
                self.graph.add_edge(source, node, handle=handle)
        key = id(target)
        self._producer[key] = node
        waiting = self._open_sources.pop(key, None)
        if waiting is None:
            self._open_targets[key] = f"t_{node}"
            self.graph.add_edge(node, f"t_{node}", handle=target)
        else:  # somebody was declared first who takes this output
            for taker in list(self.graph.successors(waiting)):
                self.graph.add_edge(node, taker, handle=target)
            self._drop(waiting)
        self._changed = True

    def _drop(self, node: Optional[str]) -> None:
        if node is not None and node in self.graph:
            self.graph.remove_node(node)

    def add_wrapper(self, wrapper: Any) -> None:
        """Adds a group of modules.

        :raises ValueError: one of its modules belongs to another wrapper.
        """
        members = list(wrapper.modules.values())
        for other in self.wrappers:
            if other is wrapper:
                continue
            shared = [m for m in members if other.contains(m)]
            if shared:
                raise ValueError(f"{shared[0]} belongs to two wrappers")
        self.get_wrapper_id(wrapper)

    def find_edges(self, handle: Any) -> List[Tuple[Any, Any]]:
        """The edges that carry this very handle."""
        return [(a, b) for a, b, h in self.graph.edges(data="handle") if h is handle]

    def input_data(self) -> List[Any]:
        """The handles that come from outside."""
        found = []
        for node in self.graph.nodes:
            if isinstance(node, str) and node.startswith("s_"):
                found += [self.graph.edges[node, next(iter(self.graph.successors(node)))]["handle"]]
        return found

    # ---- Populations around a module ----

    def _search(self, module: Any, neighbours: Any) -> List[Any]:
        from hxtorch.spiking.modules.types import InputPopulation, Population

        start = self.nodes.get(module)
        found, seen, queue = [], {start}, [start]
        while queue:
            node = queue.pop(0)
            for other in (neighbours(node) if node in self.graph else ()):
                if other in seen:
                    continue
                seen.add(other)
                candidate = self._by_number.get(other)
                if isinstance(candidate, (Population, InputPopulation)):
                    found.append(candidate)
                elif candidate is not None:
                    queue.append(other)
        return found

    def source_populations(self, module: Any) -> List[Any]:
        """The populations whose spikes reach the module, through other modules as well."""
        return self._search(module, self.graph.predecessors)

    def target_populations(self, module: Any) -> List[Any]:
        """The populations that the module's output reaches."""
        return self._search(module, self.graph.successors)

    # ---- Changes ----

    def changed_since_last_run(self) -> bool:
        """Whether a module says so."""
        return any(getattr(m, "changed_since_last_run", False) for m in self.nodes)

    def reset_changed_since_last_run(self) -> None:
        """For all modules."""
        for module in self.nodes:
            if hasattr(module, "reset_changed_since_last_run"):
                module.reset_changed_since_last_run()

    # ---- Before a run ----

    def _handle_inputs(self, experiment: Any) -> None:
        """An input neuron in front of every projection that is fed from outside."""
        from hxtorch.spiking.modules.input_neuron import InputNeuron
        from hxtorch.spiking.modules.types import Projection

        for key, source in list(self._open_sources.items()):
            for node in list(self.graph.successors(source)):
                projection = self._by_number[node]
                if not isinstance(projection, Projection):
                    continue
                handle = self.graph.edges[source, node]["handle"]
                if projection not in self._inputs:
                    self._inputs[projection] = InputNeuron(
                        projection.in_features, experiment,
                        execution_instance=projection.execution_instance)
                neuron = self._inputs[projection]
                self.graph.remove_edge(source, node)
                self._order_in[node] = [
                    neuron.output_handle if h is handle else h for h in self._order_in[node]]
                number = self.get_node_id(neuron)
                self._order_in[number] = [handle]
                self._outputs[number] = neuron.output_handle
                self._producer[id(neuron.output_handle)] = number
                self.graph.add_edge(source, number, handle=handle)
                self.graph.add_edge(number, node, handle=neuron.output_handle)

    def _handle_dropout_mask(self) -> None:
        """Draws masks and hands them to the neurons in front."""
        from hxtorch.spiking.modules.batch_dropout import BatchDropout
        from hxtorch.spiking.modules.types import Population

        for node in list(self._order_in):
            module = self._by_number[node]
            if not isinstance(module, BatchDropout):
                continue
            before = [self._by_number.get(n) for n in self.graph.predecessors(node)]
            if len(before) != 1 or not isinstance(before[0], Population):
                raise TypeError(f"{module} must follow exactly one neuron module, not {before}")
            before[0].mask = module.set_mask()

    def _handle_wrappers(self) -> nx.DiGraph:
        """The graph with every wrapper as one node."""
        graph = self.graph.copy()
        for wrapper, name in self.wrappers.items():
            members = {self.nodes[m] for m in wrapper.modules.values()
                       if self.nodes.get(m) in self._order_in}
            if not members:
                continue
            for a, b, handle in list(graph.edges(data="handle")):
                if (a in members) != (b in members):
                    graph.add_edge(name if a in members else a, name if b in members else b,
                                   handle=handle)
            graph.remove_nodes_from(members)
            graph.add_node(name)
        return graph

    def _order(self) -> List[tuple]:
        """(module, input handles, output handle) in topological order.

        :raises ValueError: there is a cycle outside of a wrapper.
        """
        graph = self._handle_wrappers()
        try:
            order = list(nx.topological_sort(graph))
        except nx.NetworkXUnfeasible:
            raise ValueError("the modules feed each other in a cycle; put them into one "
                             "HXModuleWrapper") from None
        result = []
        for node in order:
            if isinstance(node, str) and node.startswith("w_"):
                result.append(self._wrapped(self.get_wrapper_by_id(node)))
            elif not isinstance(node, str):
                result.append((self._by_number[node], tuple(self._order_in[node]),
                               self._outputs[node]))
        return result

    def _wrapped(self, wrapper: Any) -> tuple:
        numbers = [self.nodes[m] for m in wrapper.modules.values()]
        inside = {id(self._outputs[n]) for n in numbers}
        inputs: List[Any] = []
        for number in numbers:
            inputs += [h for h in self._order_in[number]
                       if id(h) not in inside and not any(h is i for i in inputs)]
        return wrapper, tuple(inputs), tuple(self._outputs[n] for n in numbers)

    def pre_process(self, experiment: Any) -> None:
        """Input neurons for hardware, dropout masks always."""
        self._handle_dropout_mask()
        if not experiment.mock:
            self._handle_inputs(experiment)

    def done(self) -> List[tuple]:
        """The executable order; empties the graph and keeps a copy in ``prev_graph``."""
        order = self._order()
        self.prev_graph = self.graph.copy()
        self.clear()
        return order

    def clear(self) -> None:
        """Empties the graph; the numbers of modules stay."""
        self.graph.clear()
        for table in (self._open_sources, self._open_targets, self._producer, self._order_in,
                      self._outputs):
            table.clear()


__all__: Sequence[str] = ("BaseModuleManager", "ModuleManager")
