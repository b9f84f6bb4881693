"""Where the file names of the two operations come from that may read files: from TensorFlow's loader, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow.core.protobuf import meta_graph_pb2

from multimodal_zoo.export.check.reach import Graph, Operation, node_name

# Which of the inputs is the file name.
RESTORE, TABLE_FROM_FILE = "RestoreV2", "InitializeTableFromTextFileV2"
FILE_INPUT = {RESTORE: 0, TABLE_FROM_FILE: 1}


def foreign_file_names(meta: meta_graph_pb2.MetaGraphDef, graph: Graph, reached: list[Operation]) -> Iterator[str]:
    """Operations that take a file name from anywhere else than the loader, one sentence each.

    TensorFlow's exporter writes them so: directly in a function that the graph itself calls, with the name as its
    argument. The graph passes what the loader fills in: the place of the checkpoint, or that of an asset.
    """
    own = {
        RESTORE: {node_name(meta.saver_def.filename_tensor_name)},
        TABLE_FROM_FILE: {node_name(asset.tensor_info.name) for asset in meta.asset_file_def},
    }
    for one in reached:
        if one.type in FILE_INPUT:
            # An operation without that input is none that TensorFlow would load.
            tensor = "".join(one.node.input[FILE_INPUT[one.type] :][:1])
            if not (
                fed_by_graph(graph, one.function, tensor, own[one.type]) and fed_by_python(meta, graph, one, tensor)
            ):
                yield f"{one} reads a file that is not of this model."


def fed_by_graph(graph: Graph, function: str | None, tensor: str, allowed: set[str]) -> bool:
    """Whether a tensor is always one of some nodes of the graph, directly or as the argument of a function."""
    if function is None:
        return node_name(tensor) in allowed
    bodies = [node for body in graph.functions.values() for node in body.node_def]
    if any(function in graph.called_by(node) for node in bodies):
        return False
    position = argument_position(graph, function, tensor)
    calls = [node for node in graph.nodes.values() if function in graph.called_by(node)]
    return position is not None and all(
        position < len(call.input) and node_name(call.input[position]) in allowed for call in calls
    )


def argument_position(graph: Graph, function: str, tensor: str) -> int | None:
    """Which argument of a function a tensor in its body is; None where it is computed there."""
    arguments = [argument.name for argument in graph.functions[function].signature.input_arg]
    return arguments.index(tensor) if tensor in arguments else None


def fed_by_python(meta: meta_graph_pb2.MetaGraphDef, graph: Graph, one: Operation, tensor: str) -> bool:
    """Whether Python's loader, which goes by the object graph, would hand over an asset or its own file name."""
    objects = meta.object_graph_def
    if one.function is None or one.function not in objects.concrete_functions:
        return True
    # What a function captured comes last among its arguments, and is there for whoever calls it.
    bound = objects.concrete_functions[one.function].bound_inputs
    position = argument_position(graph, one.function, tensor)
    own_arguments = len(graph.functions[one.function].signature.input_arg) - len(bound)
    captured = bound[position - own_arguments :][:1] if position is not None and position >= own_arguments else []
    if one.type == RESTORE:
        return not captured
    kinds = [objects.nodes[number].WhichOneof("kind") for number in captured if 0 <= number < len(objects.nodes)]
    return kinds == ["asset"]
