"""Where the file names come from of what may read files while loading: from TensorFlow's loader, or nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow.core.protobuf import saved_object_graph_pb2

from multimodal_zoo.export.check.entry_points import EntryPoint
from multimodal_zoo.export.check.reach import Graph, Operation, node_name


def foreign_file_names(
    entry: EntryPoint, graph: Graph, objects: saved_object_graph_pb2.SavedObjectGraph, reached: list[Operation]
) -> Iterator[str]:
    """Operations that take a file name from anywhere else than the loader, one sentence each.

    TensorFlow's exporter writes them in the graph itself, or directly in a function that the graph calls, with the
    name as its argument. What the graph passes is filled in by the loader: the place of the checkpoint, or of an asset.
    """
    for one in reached:
        if one.type in entry.file_inputs:
            # An operation without that input is none that TensorFlow would load.
            tensor = "".join(one.node.input[entry.file_inputs[one.type] :][:1])
            by_graph = fed_by_graph(entry, graph, one.function, tensor)
            if not (by_graph and fed_by_python(entry, graph, objects, one.function, tensor)):
                yield f"{one} is given a file name that is not that of a file of this model."


def fed_by_graph(entry: EntryPoint, graph: Graph, function: str | None, tensor: str) -> bool:
    """Whether a tensor is always filled in by the loader, directly or as the argument of a function."""
    if function is None:
        return from_loader(entry, graph, tensor)
    bodies = [node for body in graph.functions.values() for node in body.node_def]
    if any(function in graph.called_by(node) for node in bodies):
        return False
    position = argument_position(graph, function, tensor)
    calls = [node for node in graph.nodes.values() if function in graph.called_by(node)]
    return position is not None and all(
        position < len(call.input) and from_loader(entry, graph, call.input[position]) for call in calls
    )


def from_loader(entry: EntryPoint, graph: Graph, tensor: str) -> bool:
    """Whether a tensor of the graph is one that the loader fills in, or a variable read right after it got that."""
    node = graph.nodes.get(node_name(tensor))
    if node is None or node.name in entry.loader_fills:
        return node is not None
    before = [graph.nodes.get(node_name(one)) for one in node.input[1:] if one.startswith("^")]
    return node.op == "ReadVariableOp" and any(
        one is not None
        and one.op == "AssignVariableOp"
        and one.input[:1] == node.input[:1]
        and from_loader(entry, graph, "".join(one.input[1:2]))
        for one in before
    )


def fed_by_python(
    entry: EntryPoint,
    graph: Graph,
    objects: saved_object_graph_pb2.SavedObjectGraph,
    function: str | None,
    tensor: str,
) -> bool:
    """Whether Python's loader, which goes by the object graph, would hand over an asset or a file name of its own."""
    if function is None or function not in objects.concrete_functions:
        return True
    # What a function captured comes last among its arguments, and is there whoever calls it.
    bound = objects.concrete_functions[function].bound_inputs
    position = argument_position(graph, function, tensor)
    if position is None:
        return False
    captured = position - (len(graph.functions[function].signature.input_arg) - len(bound))
    numbers = bound[captured:][:1] if captured >= 0 else []
    kinds = tuple(objects.nodes[one].WhichOneof("kind") for one in numbers if 0 <= one < len(objects.nodes))
    return kinds == entry.python_captures


def argument_position(graph: Graph, function: str, tensor: str) -> int | None:
    """Which argument of a function a tensor in its body is; None where it is computed there."""
    arguments = [argument.name for argument in graph.functions[function].signature.input_arg]
    return arguments.index(tensor) if tensor in arguments else None
