"""The checks of the operations: those a model may run, and those of tensorflow_text that TF Serving has."""

from __future__ import annotations

from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from multimodal_zoo.export.check.allowed_operations import WHAT_IT_WOULD_DO
from multimodal_zoo.export.check.entry_points import entry_points
from multimodal_zoo.export.check.file_names import foreign_file_names
from multimodal_zoo.export.check.reach import Graph
from multimodal_zoo.export.check.report import Check, judged
from multimodal_zoo.export.check.text_operations import OTHERS, SERVED

OPERATIONS, TEXT_OPERATIONS = "operations", "text operations"


def check_operations(saved: saved_model_pb2.SavedModel) -> Check:
    """Compare every operation that loading and answering can reach with the list of those allowed there."""
    faults: list[str] = []
    types: set[str] = set()
    for meta in saved.meta_graphs:
        graph = Graph(meta.graph_def)
        for entry in entry_points(meta):
            reached = graph.reached(entry.tensors, entry.functions)
            types.update(one.type for one in reached)
            # One sentence for each type is enough to find it.
            refused = {one.type: one for one in reached if one.type not in entry.allowed | SERVED | OTHERS}
            faults += [f"{entry.title} reaches {one}{consequence(kind)}." for kind, one in sorted(refused.items())]
            faults += foreign_file_names(entry, graph, meta.object_graph_def, reached)
    return judged(OPERATIONS, faults, f"{len(types)} kinds of operations are reached, all on the list.")


def consequence(operation: str) -> str:
    """What a refused operation would do, where it is known."""
    does = WHAT_IT_WOULD_DO.get(operation)
    return f", which {does}" if does else ", which is not on the list of operations allowed there"


def check_text_operations(saved: saved_model_pb2.SavedModel) -> Check:
    """Compare the operations of tensorflow_text with those that TF Serving has."""
    used = text_operations_of(saved.meta_graphs)
    faults = [f"TF Serving is not known to have the tensorflow_text operation {one}." for one in sorted(used & OTHERS)]
    fine = f"TF Serving has all of {', '.join(sorted(used))}." if used else "No operation of tensorflow_text is used."
    return judged(TEXT_OPERATIONS, faults, fine)


def text_operations_of(metas: list[meta_graph_pb2.MetaGraphDef]) -> set[str]:
    """The operations of tensorflow_text anywhere in the graphs."""
    nodes = [node for meta in metas for node in meta.graph_def.node]
    nodes += [node for meta in metas for body in meta.graph_def.library.function for node in body.node_def]
    return {node.op for node in nodes} & (SERVED | OTHERS)
