"""What the serving measurement serves: the flagship networks at their default size, their exports and requests."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
# The records of the contract suite, and the C programs with their request files.
sys.path.insert(0, str(ROOT / "tests"))

from contract.records import bundle_of, raw_records  # noqa: E402
from export.c_api.request_file import write_requests  # noqa: E402
from made_up_pictures import made_up_jpeg  # noqa: E402

import multimodal_zoo.models  # noqa: E402, F401  (registers)
from multimodal_zoo.export import InGraphBatching, export_bundle, write_triton_model  # noqa: E402
from multimodal_zoo.modalities import Image, batch_records, raw_to_tensors  # noqa: E402
from multimodal_zoo.registry import PRESENCE, create_model  # noqa: E402
from multimodal_zoo.training import Bundle  # noqa: E402

REQUESTS = 64
SIGNATURES = ("serving_default", "explain", "tensors")


@dataclasses.dataclass(frozen=True)
class Served:
    """One network as it is measured: the bundle, its exports, and a file of requests by signature."""

    bundle: Bundle
    plain: Path
    batching: dict[str, Path]
    requests: dict[str, Path]


def records_of(bundle: Bundle) -> list[dict[str, Any]]:
    """Records as a client sends them: pictures are JPEGs of twice the side that the network sees."""
    records = raw_records(bundle.model, REQUESTS)
    for number, record in enumerate(records):
        for name, modality in bundle.modalities.items():
            if isinstance(modality, Image):
                draw = np.random.default_rng(number)
                record[name] = made_up_jpeg(draw, 2 * modality.height, 2 * modality.width, modality.channels, cells=8)
    return records


def serve(name: str, folder: Path, batchings: Mapping[str, InGraphBatching]) -> Served:
    """Build, export and write the requests of one record each. Weights are random: they do not change the work."""
    bundle = bundle_of(create_model(name, missing_modalities=True))
    records = records_of(bundle)
    raw = [batch_records(bundle.modalities, [record]) for record in records]
    by_input = [{m.raw_name(key): one[key].numpy() for key, m in bundle.modalities.items()} for one in raw]
    tensors = []
    for one in raw:
        content, presence, _ = raw_to_tensors(bundle.modalities, one)
        tensors.append({key: value.numpy() for key, value in {**content, PRESENCE: presence}.items()})
    requests = {
        signature: write_requests(folder / f"{name}-{signature}", tensors if signature == "tensors" else by_input)
        for signature in SIGNATURES
    }
    plain = export_bundle(bundle, folder / "saved" / name / "1")
    batching = {
        title: export_bundle(bundle, folder / "saved" / name / str(version), in_graph_batching=one)
        for version, (title, one) in enumerate(batchings.items(), 2)
    }
    write_triton_model(folder / "triton", plain)
    bundle.save(folder / "bundles" / name)
    return Served(bundle, plain, batching, requests)
