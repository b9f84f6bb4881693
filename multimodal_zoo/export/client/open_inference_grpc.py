"""The Open Inference Protocol over gRPC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import grpc
import numpy as np

from multimodal_zoo.export.client.errors import UnreadableAnswer
from multimodal_zoo.export.client.grpc_channel import GrpcChannel
from multimodal_zoo.export.client.messages import message_class
from multimodal_zoo.export.client.open_inference import binary, datatype_of, from_binary, numpy_type
from multimodal_zoo.export.client.open_inference import tensor_specs as specs_of_json
from multimodal_zoo.export.client.prediction_client import OneSignatureClient
from multimodal_zoo.export.client.requests import objects
from multimodal_zoo.export.client.retries import Backoff, Deadline
from multimodal_zoo.export.client.signatures import DEFAULT_SIGNATURE, Signature, TensorSpec

SERVICE = "/inference.GRPCInferenceService"

InferRequest = message_class("inference.ModelInferRequest")
InferResponse = message_class("inference.ModelInferResponse")
MetadataRequest = message_class("inference.ModelMetadataRequest")
MetadataResponse = message_class("inference.ModelMetadataResponse")

# The field of a tensor's contents that holds each type; half floats only travel raw.
CONTENTS = {
    "BOOL": "bool_contents",
    "BYTES": "bytes_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "INT8": "int_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "UINT8": "uint_contents",
}


class OpenInferenceGrpcClient(OneSignatureClient):
    """Ask a model on a server of the Open Inference Protocol over gRPC.

    Args:
        target: host and port of the server, such as `127.0.0.1:8001`.
        model: the name of the model.
        version: name of a version; the server chooses without it.
        timeout: seconds for a whole call: description, request, waits and further attempts.
        retries: further attempts, only after UNAVAILABLE and RESOURCE_EXHAUSTED.
        backoff: the waits between attempts.
        headers: metadata sent with every call, names in lower case.
        credentials: for TLS; plain text without them.
        signature: what the model takes and gives, where it is known; otherwise the server is asked once.

    Raises:
        ValueError: no host, a timeout of 0, retries below 0.

    Example:
        >>> client = OpenInferenceGrpcClient("127.0.0.1:8001", "lstnet_diagnosis", timeout=2.0)
        >>> client.predict([{"image_bytes": b"...", "report": "text"}, {"report": "no image"}])
    """

    def __init__(
        self,
        target: str,
        model: str,
        *,
        version: str | int | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        signature: Signature | None = None,
    ) -> None:
        super().__init__(model, timeout, retries, backoff, {DEFAULT_SIGNATURE: signature} if signature else None)
        self._version = "" if version is None else str(version)
        self._channel = GrpcChannel(target, headers, credentials)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _describe(self, signature_name: str, deadline: Deadline) -> Signature:
        request = MetadataRequest(name=self.model, version=self._version)
        answer = self._channel.call(f"{SERVICE}/ModelMetadata", request, MetadataResponse, deadline, self._retries)
        return Signature(tensor_specs(answer.inputs), tensor_specs(answer.outputs))

    def _ask(
        self, columns: dict[str, np.ndarray], signature_name: str, signature: Signature, deadline: Deadline
    ) -> dict[str, Any]:
        request = infer_request(columns, self.model, self._version)
        answer = self._channel.call(f"{SERVICE}/ModelInfer", request, InferResponse, deadline, self._retries)
        return infer_outputs(answer)


def tensor_specs(described: Iterable[Any]) -> dict[str, TensorSpec]:
    """Tensors out of a model's description."""
    return specs_of_json({"name": one.name, "datatype": one.datatype, "shape": one.shape} for one in described)


def infer_request(columns: Mapping[str, np.ndarray], model: str, version: str) -> Any:
    """The message of a request: typed contents, which the protocol defines for strings as well.

    Half floats have none; where a model takes them, every tensor goes raw.

    Example:
        >>> infer_request({"report": np.array(["text"], object)}, "deepfm", "").inputs[0].contents.bytes_contents
        [b'text']
    """
    request = InferRequest(model_name=model, model_version=version)
    raw = any(datatype_of(column) not in CONTENTS for column in columns.values())
    for name, column in columns.items():
        datatype = datatype_of(column)
        tensor = request.inputs.add(name=name, datatype=datatype, shape=column.shape)
        if raw:
            request.raw_input_contents.append(binary(column))
            continue
        values = column.ravel().tolist()
        if datatype == "BYTES":
            values = [one.encode("utf-8") if isinstance(one, str) else one for one in values]
        getattr(tensor.contents, CONTENTS[datatype]).extend(values)
    return request


def infer_outputs(answer: Any) -> dict[str, Any]:
    """Nested lists by the name of the output, from typed or raw contents.

    Raises:
        UnreadableAnswer: something in it is not as the protocol has it.
    """
    blocks = answer.raw_output_contents
    if blocks and len(blocks) != len(answer.outputs):
        raise UnreadableAnswer(f"The answer has {len(answer.outputs)} outputs and {len(blocks)} raw contents.")
    outputs = {}
    for position, tensor in enumerate(answer.outputs):
        shape = tuple(tensor.shape)
        if blocks:
            array = from_binary(blocks[position], tensor.datatype, shape, tensor.name)
        else:
            array = typed_array(tensor, shape)
        outputs[tensor.name] = array.tolist()
    return outputs


def typed_array(tensor: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The typed contents of an output."""
    dtype = numpy_type(tensor.datatype, tensor.name)
    values = list(getattr(tensor.contents, CONTENTS[tensor.datatype])) if tensor.datatype in CONTENTS else []
    try:
        return objects(values, shape) if dtype == "string" else np.array(values, dtype).reshape(shape)
    except ValueError as error:
        raise UnreadableAnswer(
            f"The output {tensor.name} has {len(values)} values, which do not fill the shape {shape}."
        ) from error
