"""Which operations of a graph are reached from a node or a function, through all functions that are called."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from tensorflow.core.framework import attr_value_pb2, function_pb2, graph_pb2, node_def_pb2


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation: its type, its node, and the function whose body it stands in (None: the graph itself)."""

    type: str
    node: node_def_pb2.NodeDef
    function: str | None

    def __str__(self) -> str:
        place = f"in function {self.function}" if self.function else "in the graph"
        return f"{self.type} (node {self.node.name} {place})"


class Graph:
    """A graph with its function library, to follow inputs and calls in.

    Args:
        graph: as the `saved_model.pb` has it.

    Functions are reached by calls (the operation is the function's name), by attributes that hold functions, however
    deep, as the gradient of a function, and as another implementation of the same interface, which the optimiser may
    put in its place. Of a function the whole body counts.
    """

    def __init__(self, graph: graph_pb2.GraphDef) -> None:
        self.nodes = {node.name: node for node in graph.node}
        self.functions = {one.signature.name: one for one in graph.library.function}
        self._gradients = {one.function_name: one.gradient_func for one in graph.library.gradient}
        self._implementations: dict[str, list[str]] = {}
        self._bodies: dict[str, tuple[list[Operation], set[str]]] = {}
        for name, one in self.functions.items():
            if interface(one):
                self._implementations.setdefault(interface(one), []).append(name)

    def reached(self, tensors: Iterable[str], functions: Iterable[str] = ()) -> list[Operation]:
        """The operations that computing some tensors, and calling some functions, runs; calls themselves left out.

        Args:
            tensors: names in the graph, with or without `:0` and `^`.
            functions: names in the library.
        """
        found = list(self._feeding(tensors))
        called = {name for one in found for name in self.called_by(one.node)} | {*functions}
        seen: set[str] = set()
        while called - seen:
            name = min(called - seen)
            seen.add(name)
            operations, others = self._body(name)
            found += operations
            called |= others
        return [one for one in found if one.type not in self.functions]

    def _body(self, name: str) -> tuple[list[Operation], set[str]]:
        """The operations of a function of this name, and the other functions that go with it; kept, for all ask."""
        if name not in self._bodies:
            function = self.functions.get(name)
            body = function.node_def if function else ()
            others = {one for node in body for one in self.called_by(node)}
            if function:
                others |= {self._gradients.get(name, name), *self._implementations.get(interface(function), ())}
            self._bodies[name] = [Operation(node.op, node, name) for node in body], others
        return self._bodies[name]

    def called_by(self, node: node_def_pb2.NodeDef) -> set[str]:
        """The functions of the library that a node calls or hands on."""
        names = {node.op} | {name for value in node.attr.values() for name in functions_in(value)}
        return names & self.functions.keys()

    def _feeding(self, tensors: Iterable[str]) -> Iterator[Operation]:
        """The nodes of the graph itself that some tensors need."""
        waiting, seen = [node_name(tensor) for tensor in tensors], set()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.nodes:
                continue
            seen.add(name)
            node = self.nodes[name]
            yield Operation(node.op, node, None)
            waiting += [node_name(one) for one in node.input]


def node_name(tensor: str) -> str:
    """The node of a tensor or of a control input: `^a` and `a:1` are of node `a`."""
    return tensor.removeprefix("^").partition(":")[0]


def functions_in(value: attr_value_pb2.AttrValue) -> Iterator[str]:
    """The names of functions in an attribute, and in the attributes of these."""
    # Reading a field that is not set makes an empty message, and dropping it has the whole heap trimmed.
    kind = value.WhichOneof("value")
    for one in [value.func] if kind == "func" else value.list.func if kind == "list" else ():
        if one.name:
            yield one.name
            for inner in one.attr.values():
                yield from functions_in(inner)


def interface(function: function_pb2.FunctionDef) -> str:
    """What the function says it implements, empty where it says nothing."""
    return function.attr["api_implements"].s.decode() if "api_implements" in function.attr else ""
