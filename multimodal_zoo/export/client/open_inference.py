"""The Open Inference Protocol over HTTP, as Triton, KServe and MLServer speak it.

JSON has neither bytes nor NaN. Tensors that hold either go behind the JSON in binary, by the protocol's binary tensor
data extension; everything else stays JSON, which every server reads. The protocol knows no signatures: a server gives
each one it offers a model name of its own.
"""

from __future__ import annotations

import json
import math
import ssl
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import numpy as np

from multimodal_zoo.export.client.errors import UnreadableAnswer
from multimodal_zoo.export.client.http_connections import HttpAnswer, HttpConnections, json_of
from multimodal_zoo.export.client.prediction_client import OneSignatureClient
from multimodal_zoo.export.client.requests import objects
from multimodal_zoo.export.client.retries import Backoff, Deadline
from multimodal_zoo.export.client.signatures import DEFAULT_SIGNATURE, Signature, TensorSpec

# The length of the JSON, where something binary stands behind it.
JSON_LENGTH = "Inference-Header-Content-Length"

TYPES = {
    "BOOL": "bool",
    "BYTES": "string",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "INT8": "int8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "UINT8": "uint8",
}
DATATYPES = {name: datatype for datatype, name in TYPES.items()}


class OpenInferenceClient(OneSignatureClient):
    """Ask a model on a server of the Open Inference Protocol over HTTP.

    Args:
        url: of the server, such as `http://127.0.0.1:8000`.
        model: the name of the model.
        version: name of a version; the server chooses without it.
        timeout: seconds for a whole call: description, request, waits and further attempts.
        retries: further attempts, only after no connection and the statuses 429, 502, 503 and 504.
        backoff: the waits between attempts.
        headers: sent with every request, such as `Authorization`.
        ssl_context: for `https`; the system's certificates without it.
        signature: what the model takes and gives, where it is known; otherwise the server is asked once.

    Raises:
        ValueError: a URL without host, a timeout of 0, retries below 0.

    Example:
        >>> client = OpenInferenceClient("http://127.0.0.1:8000", "lstnet_diagnosis", timeout=2.0, retries=3)
        >>> client.predict([{"image_bytes": b"...", "report": "text"}, {"report": "no image"}])
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        version: str | int | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        signature: Signature | None = None,
    ) -> None:
        super().__init__(model, timeout, retries, backoff, {DEFAULT_SIGNATURE: signature} if signature else None)
        self._path = f"/v2/models/{quote(model, safe='')}"
        if version is not None:
            self._path += f"/versions/{quote(str(version), safe='')}"
        self._connections = HttpConnections(url, headers, ssl_context)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _describe(self, signature_name: str, deadline: Deadline) -> Signature:
        document = json_of(
            self._connections.request("GET", self._path, None, {}, deadline, self._retries), self._connections.url
        )
        try:
            return Signature(tensor_specs(document["inputs"]), tensor_specs(document["outputs"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableAnswer(
                f"{self._connections.url}{self._path} is not as the protocol has it "
                f"({type(error).__name__}: {error}): {str(document)[:200]}"
            ) from error

    def _ask(
        self, columns: dict[str, np.ndarray], signature_name: str, signature: Signature, deadline: Deadline
    ) -> dict[str, Any]:
        body, headers = infer_request(columns)
        answer = self._connections.request("POST", f"{self._path}/infer", body, headers, deadline, self._retries)
        return infer_outputs(answer, self._connections.url)


def tensor_specs(described: Iterable[Mapping[str, Any]]) -> dict[str, TensorSpec]:
    """Tensors out of a model's description."""
    return {
        one["name"]: TensorSpec(
            one["name"],
            TYPES.get(one["datatype"], one["datatype"]),
            tuple(None if int(size) < 0 else int(size) for size in one["shape"]),
        )
        for one in described
    }


def infer_request(columns: Mapping[str, np.ndarray]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request.

    Example:
        >>> infer_request({"report": np.array(["text"], object)})[0]
        b'{"inputs": [{"name": "report", "shape": [1], "datatype": "BYTES", "data": ["text"]}]}'
    """
    inputs, blocks = [], []
    for name, column in columns.items():
        tensor: dict[str, Any] = {"name": name, "shape": list(column.shape), "datatype": datatype_of(column)}
        if json_can_carry(column):
            tensor["data"] = column.ravel().tolist()
        else:
            blocks.append(binary(column))
            tensor["parameters"] = {"binary_data_size": len(blocks[-1])}
        inputs.append(tensor)
    document = json.dumps({"inputs": inputs}, ensure_ascii=False, allow_nan=False).encode("utf-8")
    if not blocks:
        return document, {"Content-Type": "application/json"}
    headers = {"Content-Type": "application/octet-stream", JSON_LENGTH: str(len(document))}
    return b"".join([document, *blocks]), headers


def datatype_of(column: np.ndarray) -> str:
    """The protocol's name of a column's type."""
    return "BYTES" if column.dtype == object else DATATYPES[column.dtype.name]


def json_can_carry(column: np.ndarray) -> bool:
    """Whether a column is without bytes, NaN, infinities and half floats."""
    if column.dtype == object:
        return not any(isinstance(one, bytes) for one in column.flat)
    return column.dtype != np.float16 and bool(np.isfinite(column).all())


def binary(column: np.ndarray) -> bytes:
    """A column row by row, little end first; strings with their length in four bytes in front."""
    if column.dtype != object:
        return column.astype(column.dtype.newbyteorder("<")).tobytes()
    encoded = [one.encode("utf-8") if isinstance(one, str) else one for one in column.flat]
    return b"".join(len(one).to_bytes(4, "little") + one for one in encoded)


def from_binary(block: bytes, datatype: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The reverse of `binary`.

    Raises:
        UnreadableAnswer: the block does not fit type and shape.
    """
    size = math.prod(shape)
    if datatype != "BYTES":
        dtype = np.dtype(numpy_type(datatype, name)).newbyteorder("<")
        if len(block) != size * dtype.itemsize:
            raise UnreadableAnswer(f"The output {name} has {len(block)} bytes, expected {size} of type {datatype}.")
        return np.frombuffer(block, dtype).reshape(shape)
    values, at = [], 0
    while at < len(block):
        start = at + 4
        at = start + int.from_bytes(block[at:start], "little")
        values.append(block[start:at])
    if at != len(block) or len(values) != size:
        raise UnreadableAnswer(f"The output {name} has {len(values)} strings, expected {size} for the shape {shape}.")
    return objects(values, shape)


def numpy_type(datatype: str, name: str) -> str:
    """NumPy's name of the protocol's type."""
    if datatype not in TYPES:
        raise UnreadableAnswer(f"The output {name} has the type {datatype!r}, expected one of {', '.join(TYPES)}.")
    return TYPES[datatype]


def infer_outputs(answer: HttpAnswer, url: str) -> dict[str, Any]:
    """Nested lists by the name of the output, from JSON and from what stands behind it in binary.

    Raises:
        UnreadableAnswer: something in it is not as the protocol has it.
    """
    length = answer.headers.get(JSON_LENGTH.lower())
    at = int(length) if length is not None and length.isdecimal() else len(answer.body)
    document = json_of(answer, url, at)
    outputs = {}
    try:
        for tensor in document["outputs"]:
            name, shape = tensor["name"], tuple(tensor["shape"])
            size = (tensor.get("parameters") or {}).get("binary_data_size")
            if size is None:
                outputs[name] = from_json(tensor["data"], tensor["datatype"], shape, name).tolist()
            else:
                outputs[name] = from_binary(answer.body[at : at + size], tensor["datatype"], shape, name).tolist()
                at += size
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableAnswer(
            f"{url} answered with outputs that are not as the protocol has them "
            f"({type(error).__name__}: {error}): {str(document)[:200]}"
        ) from error
    return outputs


def from_json(data: Any, datatype: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Tensor data, flat or nested, in its shape; the numbers as they were written, not rounded to their type."""
    if numpy_type(datatype, name) != "string":
        return np.asarray(data, dtype=object).reshape(shape)
    flat = [data]
    for _ in shape:
        if flat and isinstance(flat[0], list):
            flat = [one for inner in flat for one in inner]
    return objects(flat, shape)
