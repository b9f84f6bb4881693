"""Load on a server or a runtime from Python clients: the same dialogue on stdin and stdout as load_c_api.c has.

    python benchmarks/serving_load.py triton URL MODEL BUNDLE
    python benchmarks/serving_load.py onnxruntime|openvino TRUNK - BUNDLE

A trunk is what serving_trunk.py writes. It takes preprocessed tensors: each client preprocesses its record in Python
first, with the bundle's own modalities. Lines "0 CLIENTS SECONDS" on stdin are answered by a line of JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from serving_models import records_of  # noqa: E402

from multimodal_zoo.export.client import OpenInferenceGrpcClient  # noqa: E402
from multimodal_zoo.modalities import batch_records, raw_to_tensors  # noqa: E402
from multimodal_zoo.registry import PRESENCE  # noqa: E402
from multimodal_zoo.training import Bundle, load_bundle  # noqa: E402

Ask = Callable[[dict[str, Any]], Any]


def ask_triton(target: str, model: str, bundle: Bundle) -> Ask:
    """One record to the server over gRPC."""
    client = OpenInferenceGrpcClient(target, model, timeout=60.0)
    return lambda record: client.predict([record])


def preprocessing(bundle: Bundle) -> Callable[[dict[str, Any]], dict[str, np.ndarray]]:
    """From a record to what the network takes."""

    @tf.function(input_signature=[{name: one.raw_spec(name) for name, one in bundle.modalities.items()}])
    def compiled(raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        content, presence, _ = raw_to_tensors(bundle.modalities, raw)
        return {**content, PRESENCE: presence}

    def preprocess(record: dict[str, Any]) -> dict[str, np.ndarray]:
        tensors = compiled(batch_records(bundle.modalities, [record]))
        return {name: value.numpy() for name, value in tensors.items()}

    return preprocess


def ask_onnxruntime(file: str, _: str, bundle: Bundle) -> Ask:
    """One record through ONNX Runtime."""
    import onnxruntime

    preprocess = preprocessing(bundle)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return lambda record: session.run(None, preprocess(record))


def ask_openvino(file: str, _: str, bundle: Bundle) -> Ask:
    """One record through OpenVINO; each client has a request of its own."""
    import openvino

    preprocess = preprocessing(bundle)
    compiled = openvino.Core().compile_model(file, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    own = threading.local()

    def ask(record: dict[str, Any]) -> Any:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        return own.request.infer(preprocess(record))

    return ask


ASKERS = {"triton": ask_triton, "onnxruntime": ask_onnxruntime, "openvino": ask_openvino}


def run_clients(ask: Ask, records: list[dict[str, Any]], count: int, seconds: float) -> dict[str, float]:
    """`count` threads, each with one request after the other."""
    milliseconds: list[list[float]] = [[] for _ in range(count)]
    started = time.perf_counter()

    def run(number: int) -> None:
        at = number * len(records) // count
        while (asked := time.perf_counter()) < started + seconds:
            ask(records[at % len(records)])
            milliseconds[number].append(1e3 * (time.perf_counter() - asked))
            at += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - started
    ordered = sorted(one for own in milliseconds for one in own)
    return {
        "answered": len(ordered),
        "failed": 0,
        "seconds": taken,
        "p50_ms": ordered[len(ordered) // 2],
        "p99_ms": ordered[len(ordered) * 99 // 100],
    }


def main() -> None:
    """Load, answer once, then do as stdin says."""
    kind, where, model, folder = sys.argv[1:]
    bundle = load_bundle(folder)
    records = records_of(bundle)
    started = time.perf_counter()
    ask = ASKERS[kind](where, model, bundle)
    ask(records[0])
    print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
    for line in sys.stdin:
        _, clients, seconds = line.split()
        print(json.dumps(run_clients(ask, records, int(clients), float(seconds))), flush=True)


if __name__ == "__main__":
    main()
