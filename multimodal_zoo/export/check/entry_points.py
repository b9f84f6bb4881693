"""Where TensorFlow begins: what it computes to answer, to start, to restore variables and to save them again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from tensorflow.core.protobuf import meta_graph_pb2, saved_object_graph_pb2

from multimodal_zoo.export.check.allowed_operations import ANSWERING, RESTORING, SAVING, STARTING
from multimodal_zoo.export.check.reach import node_name

INIT_OP = "__saved_model_init_op"
INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")
NOTHING = meta_graph_pb2.SignatureDef()
# Names that start so are TensorFlow's own: of initialisation and of training, which nobody can ask for.
RESERVED = "__saved_model_"


@dataclasses.dataclass(frozen=True)
class EntryPoint:
    """One place to begin, and what may be reached from there.

    Args:
        title: as people know it.
        allowed: operations that may be reached.
        tensors: of the graph, that are computed.
        functions: of the library, that are called.
        file_inputs: of operations that may read a file, which input is its name.
        loader_fills: nodes of the graph that the loader fills such a name into.
        python_captures: the kind of object that Python's loader fills in, if it is no argument.
    """

    title: str
    allowed: frozenset[str]
    tensors: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    file_inputs: Mapping[str, int] = dataclasses.field(default_factory=dict)
    loader_fills: frozenset[str] = frozenset()
    python_captures: tuple[str, ...] = ()


def entry_points(meta: meta_graph_pb2.MetaGraphDef) -> Iterator[EntryPoint]:
    """The signatures, then the machinery around them.

    The C++ loader, which is TF Serving's, runs the initialiser in `signature_def` or, in older files, in
    `collection_def`, and the restore op of the saver. The Python loader instead goes by the object graph: it runs the
    functions of its tables and of what is saved by functions of its own, and offers all others to be called.
    """
    for name, signature in sorted(meta.signature_def.items()):
        if not name.startswith(RESERVED):
            yield EntryPoint(f"signature {name!r}", ANSWERING, tuple(one.name for one in signature.outputs.values()))
    collections = [one for name, one in meta.collection_def.items() if name in INIT_COLLECTIONS]
    initial = [value for one in collections for value in one.node_list.value]
    initial += [one.name for one in meta.signature_def.get(INIT_OP, NOTHING).outputs.values()]
    objects, saver = meta.object_graph_def, meta.saver_def
    tables = list(functions_of_tables(objects))
    yield EntryPoint(
        "the initialiser",
        STARTING,
        tuple(initial),
        tuple(tables),
        # The place of an asset may go through a variable. No other variable is written here.
        file_inputs={"InitializeTableFromTextFileV2": 1, "AssignVariableOp": 1},
        loader_fills=frozenset(node_name(asset.tensor_info.name) for asset in meta.asset_file_def),
        python_captures=("asset",),
    )
    restore, save = functions_of_savers(objects)
    offered = sorted(objects.concrete_functions.keys() - {*tables, *restore, *save})
    yield EntryPoint("what is loaded in Python", ANSWERING, functions=tuple(offered))
    restored = tuple(one for one in (saver.restore_op_name, saver.filename_tensor_name) if one)
    yield EntryPoint(
        "restoring the variables",
        RESTORING,
        restored,
        tuple(restore),
        file_inputs={"RestoreV2": 0},
        loader_fills=frozenset({node_name(saver.filename_tensor_name)}),
    )
    saved = tuple(one for one in (saver.save_tensor_name,) if one)
    yield EntryPoint("saving the variables", SAVING, saved, tuple(save))


def functions_of_tables(objects: saved_object_graph_pb2.SavedObjectGraph) -> Iterator[str]:
    """The functions that hang on lookup tables and other resources: made, filled and dropped by them."""
    for node in objects.nodes:
        if node.WhichOneof("kind") == "resource":
            for child in node.children:
                yield from functions_at(objects, child.node_id)


def functions_of_savers(objects: saved_object_graph_pb2.SavedObjectGraph) -> tuple[list[str], list[str]]:
    """The functions by which objects of their own making are restored, and those by which they are saved."""
    saved = [one for node in objects.nodes for one in node.saveable_objects.values()]
    restore = [name for one in saved for name in functions_at(objects, one.restore_function)]
    return restore, [name for one in saved for name in functions_at(objects, one.save_function)]


def functions_at(objects: saved_object_graph_pb2.SavedObjectGraph, number: int) -> list[str]:
    """The names of the functions at a node of the object graph."""
    if not 0 <= number < len(objects.nodes):
        return []
    node = objects.nodes[number]
    if node.WhichOneof("kind") == "bare_concrete_function":
        return [node.bare_concrete_function.concrete_function_name]
    return list(node.function.concrete_functions)
