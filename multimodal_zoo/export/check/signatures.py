"""The check of the signatures: what clients of the previous version send and read is still there, unchanged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from multimodal_zoo.export.check.entry_points import RESERVED
from multimodal_zoo.export.check.report import Check, judged, skipped
from multimodal_zoo.export.saved_model_file import NoSavedModelError, read_saved_model

SIGNATURES = "signatures"


@dataclasses.dataclass(frozen=True)
class Signature:
    """Type and shape by name, as people read them: `float32 (None, 2)`."""

    inputs: dict[str, str]
    outputs: dict[str, str]


def signatures_of(saved: saved_model_pb2.SavedModel) -> dict[str, Signature]:
    """The signatures that clients may ask, by name."""
    return {
        name: Signature(
            {key: described(info) for key, info in sorted(one.inputs.items())},
            {key: described(info) for key, info in sorted(one.outputs.items())},
        )
        for meta in saved.meta_graphs
        for name, one in sorted(meta.signature_def.items())
        if not name.startswith(RESERVED)
    }


def described(info: meta_graph_pb2.TensorInfo) -> str:
    """Type and shape of a tensor."""
    return f"{types_pb2.DataType.Name(info.dtype).removeprefix('DT_').lower()} {tf.TensorShape(info.tensor_shape)}"


def check_signatures(saved: saved_model_pb2.SavedModel, previous: Path | None) -> Check:
    """Compare with the previous version.

    What was removed or changed fails, and so does a new input of an old signature: the requests that clients send
    today lack it, and the server refuses them. New signatures and new outputs are told and pass.
    """
    if previous is None:
        return skipped(SIGNATURES, "There is no previous version to compare with.")
    try:
        before = signatures_of(read_saved_model(previous))
    except NoSavedModelError as error:
        return judged(SIGNATURES, [f"The previous version cannot be read: {error}"], "")
    now = signatures_of(saved)
    kept = [name for name in before if name in now]
    faults = [f"The signature {name!r} was removed." for name in before if name not in now]
    added = [f"signature {name!r}" for name in now if name not in before]
    for name in kept:
        inputs, outputs = (before[name].inputs, now[name].inputs), (before[name].outputs, now[name].outputs)
        faults += broken("input", name, *inputs)
        faults += [f"The input {key!r} of {name!r} is new: requests of today lack it." for key in new_keys(*inputs)]
        faults += broken("output", name, *outputs)
        added += [f"output {key!r} of {name!r}" for key in new_keys(*outputs)]
    told = f" New: {', '.join(added)}." if added else ""
    return judged(SIGNATURES, faults, f"All that {previous} has is here, unchanged.{told}")


def broken(what: str, signature: str, old: dict[str, str], new: dict[str, str]) -> list[str]:
    """What was removed or changed of the inputs or outputs of a signature."""
    return [
        f"The {what} {key!r} of {signature!r} was {kind} and is {new.get(key, 'gone')}."
        for key, kind in old.items()
        if new.get(key) != kind
    ]


def new_keys(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """What was not there before."""
    return [key for key in new if key not in old]
