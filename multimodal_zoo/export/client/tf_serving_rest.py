"""TensorFlow Serving over REST.

Requests are columnar (`inputs`), not rows (`instances`). Both can carry named inputs of different shapes, but the
answer to rows has to have the batch as the first dimension of every output, or the server refuses to write it; columns
come back as they are. They also name each input once instead of once for each record, and mirror the gRPC request. Rows
leave lists of different length no freer: there, too, every record has to have the same shape.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import numpy as np

from multimodal_zoo.export.client.errors import ModelNotFound, UnreadableAnswer
from multimodal_zoo.export.client.http_connections import HttpConnections, json_of
from multimodal_zoo.export.client.prediction_client import SignaturesClient
from multimodal_zoo.export.client.retries import Backoff, Deadline
from multimodal_zoo.export.client.signatures import BYTES_SUFFIX, Signature, TensorSpec

# Those that the REST interface can carry.
TYPES = {
    "DT_BOOL": "bool",
    "DT_DOUBLE": "float64",
    "DT_FLOAT": "float32",
    "DT_INT16": "int16",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_INT8": "int8",
    "DT_STRING": "string",
    "DT_UINT32": "uint32",
    "DT_UINT64": "uint64",
    "DT_UINT8": "uint8",
}


class RestClient(SignaturesClient):
    """Ask a model on TensorFlow Serving over REST.

    Args:
        url: of the server, such as `http://127.0.0.1:8501`.
        model: the name of the model.
        version: number of a version; the server's newest without it.
        label: version label such as `stable`; not together with `version`.
        timeout: seconds for a whole call: description, request, waits and further attempts.
        retries: further attempts, only after no connection and the statuses 429, 502, 503 and 504.
        backoff: the waits between attempts.
        headers: sent with every request, such as `Authorization`.
        ssl_context: for `https`; the system's certificates without it.
        signatures: what the model takes and gives, where it is known; otherwise the server is asked once.

    Raises:
        ValueError: a URL without host, `version` together with `label`, a timeout of 0, retries below 0.

    Example:
        >>> client = RestClient("http://127.0.0.1:8501", "lstnet_diagnosis", timeout=2.0, retries=3)
        >>> client.predict([{"image_bytes": b"...", "report": "text"}, {"report": "no image"}])
        >>> client.predict([{"report": "text"}], signature_name="explain")
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        signatures: Mapping[str, Signature] | None = None,
    ) -> None:
        super().__init__(model, timeout, retries, backoff, signatures)
        self._path = model_path(model, version, label)
        self._connections = HttpConnections(url, headers, ssl_context)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _describe(self, signature_name: str, deadline: Deadline) -> Signature:
        url = f"{self._path}/metadata"
        document = json_of(
            self._connections.request("GET", url, None, {}, deadline, self._retries), self._connections.url
        )
        try:
            signatures = document["metadata"]["signature_def"]["signature_def"]
            if signature_name not in signatures:
                raise ModelNotFound(no_signature(self.model, signature_name, signatures))
            found = signatures[signature_name]
            return Signature(tensor_specs(found["inputs"]), tensor_specs(found["outputs"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableAnswer(
                f"{self._connections.url}{url} is not as TensorFlow Serving writes it "
                f"({type(error).__name__}: {error}): {str(document)[:200]}"
            ) from error

    def _ask(
        self, columns: dict[str, np.ndarray], signature_name: str, signature: Signature, deadline: Deadline
    ) -> dict[str, Any]:
        body = predict_request(columns, signature_name)
        answer = self._connections.request(
            "POST", f"{self._path}:predict", body, {"Content-Type": "application/json"}, deadline, self._retries
        )
        return predict_outputs(json_of(answer, self._connections.url), signature)


def model_path(model: str, version: int | None, label: str | None) -> str:
    """The path of a model, of one of its versions, or of a label."""
    if version is not None and label is not None:
        raise ValueError(f"Give a version ({version!r}) or a label ({label!r}), not both.")
    path = f"/v1/models/{quote(model, safe='')}"
    if version is not None:
        return f"{path}/versions/{int(version)}"
    return path if label is None else f"{path}/labels/{quote(label, safe='')}"


def no_signature(model: str, signature_name: str, known: Iterable[str]) -> str:
    """The text of the error for a signature that the model does not have."""
    names = sorted(name for name in known if not name.startswith("__"))
    return f"The model {model} has no signature {signature_name!r}. It has: {', '.join(names) or 'none'}."


def tensor_specs(described: Mapping[str, Any]) -> dict[str, TensorSpec]:
    """Tensors out of the JSON of a signature's inputs or outputs."""
    specs = {}
    for name, tensor in described.items():
        shape = tensor["tensor_shape"]
        # 64-bit numbers are strings in the JSON of protocol buffers.
        sizes = [int(dim["size"]) for dim in shape.get("dim", [])]
        known = None if shape.get("unknown_rank") else tuple(None if size < 0 else size for size in sizes)
        specs[name] = TensorSpec(name, TYPES.get(tensor["dtype"], tensor["dtype"]), known)
    return specs


def predict_request(columns: Mapping[str, np.ndarray], signature_name: str) -> bytes:
    """The JSON of a request; NaN stands in it as the bare word, which the server's parser takes.

    Example:
        >>> predict_request({"report": np.array(["text"], object)}, "embed")
        b'{"signature_name": "embed", "inputs": {"report": ["text"]}}'
    """
    inputs = {name: json_value(column.tolist(), name.endswith(BYTES_SUFFIX)) for name, column in columns.items()}
    return json.dumps({"signature_name": signature_name, "inputs": inputs}, ensure_ascii=False).encode("utf-8")


def json_value(value: Any, as_bytes: bool) -> Any:
    """Nested lists with bytes, and all strings of a `_bytes` input, as base64 objects."""
    if isinstance(value, list):
        return [json_value(one, as_bytes) for one in value]
    if isinstance(value, str) and as_bytes:
        value = value.encode("utf-8")
    return {"b64": base64.b64encode(value).decode("ascii")} if isinstance(value, bytes) else value


def predict_outputs(document: Mapping[str, Any], signature: Signature) -> dict[str, Any]:
    """The columns of an answer by name; the server leaves out the name of an only output."""
    if "outputs" not in document:
        raise UnreadableAnswer(f"The answer has no 'outputs' but: {', '.join(document) or 'nothing'}.")
    outputs = document["outputs"]
    if len(signature.outputs) == 1:
        return {next(iter(signature.outputs)): outputs}
    if not isinstance(outputs, dict):
        raise UnreadableAnswer(
            f"'outputs' is a {type(outputs).__name__}, expected an object with {', '.join(signature.outputs)}."
        )
    return outputs
