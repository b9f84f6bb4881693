"""Freeze a trained network into an artefact that serves raw records, and put it behind a server.

The names are imported when one is first used: `multimodal_zoo.export.client` stands in here, and needs no TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multimodal_zoo.export.check import check_artefact
    from multimodal_zoo.export.formats.export_trunk import export_trunk
    from multimodal_zoo.export.in_graph_batching import InGraphBatching
    from multimodal_zoo.export.saved_model import export_bundle, signature_names
    from multimodal_zoo.export.search_index import SearchIndex, index_records
    from multimodal_zoo.export.serving_folder import write_serving_folder, write_warm_up
    from multimodal_zoo.export.triton_repository import write_triton_model
    from multimodal_zoo.export.zero_shot import zero_shot_index, zero_shot_scores

__all__ = [
    "InGraphBatching",
    "SearchIndex",
    "check_artefact",
    "export_bundle",
    "export_trunk",
    "index_records",
    "signature_names",
    "write_serving_folder",
    "write_triton_model",
    "write_warm_up",
    "zero_shot_index",
    "zero_shot_scores",
]

HOMES = {
    "InGraphBatching": "in_graph_batching",
    "SearchIndex": "search_index",
    "check_artefact": "check",
    "export_bundle": "saved_model",
    "export_trunk": "formats",
    "index_records": "search_index",
    "signature_names": "saved_model",
    "write_serving_folder": "serving_folder",
    "write_triton_model": "triton_repository",
    "write_warm_up": "serving_folder",
    "zero_shot_index": "zero_shot",
    "zero_shot_scores": "zero_shot",
}


# A type checker would take any name for one that is there.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
