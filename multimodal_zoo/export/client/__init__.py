"""Ask a served model from a program that has neither TensorFlow nor Keras: NumPy is enough, gRPC needs `grpcio` too.

>>> from multimodal_zoo.export.client import RestClient
>>> with RestClient("http://127.0.0.1:8501", "lstnet_diagnosis", timeout=2.0, retries=3) as client:
...     client.predict([{"image_bytes": b"...", "report": "text"}, {"report": "no image"}])
[{'labels': 'sick', 'probabilities': [0.1, 0.9], 'presence': [1.0, 1.0], ...}, ...]

`RestClient` and `GrpcClient` speak to TensorFlow Serving, `OpenInferenceClient` and `OpenInferenceGrpcClient` to
servers of the Open Inference Protocol (Triton, KServe, MLServer). All take records as dicts, fill in what a record
lacks, and answer with one dict for each record.
"""

import importlib
from typing import TYPE_CHECKING, Any

from multimodal_zoo.export.client.errors import (
    DeadlineExceeded,
    ModelNotFound,
    RecordError,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
    ServingError,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.open_inference import OpenInferenceClient
from multimodal_zoo.export.client.retries import Backoff
from multimodal_zoo.export.client.signatures import Signature, TensorSpec
from multimodal_zoo.export.client.tf_serving_rest import RestClient

if TYPE_CHECKING:
    from multimodal_zoo.export.client.open_inference_grpc import OpenInferenceGrpcClient
    from multimodal_zoo.export.client.tf_serving_grpc import GrpcClient

__all__ = [
    "Backoff",
    "DeadlineExceeded",
    "GrpcClient",
    "ModelNotFound",
    "OpenInferenceClient",
    "OpenInferenceGrpcClient",
    "RecordError",
    "RequestRefused",
    "RestClient",
    "ServerFailed",
    "ServerUnreachable",
    "ServingError",
    "Signature",
    "TensorSpec",
    "UnreadableAnswer",
]

# Imported at the first use, so that HTTP needs no gRPC.
NEED_GRPC = {"GrpcClient": "tf_serving_grpc", "OpenInferenceGrpcClient": "open_inference_grpc"}


# A type checker would take any name for one that is there.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in NEED_GRPC:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{NEED_GRPC[name]}"), name)
