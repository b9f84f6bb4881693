"""Answer one raw record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multimodal_zoo.modalities import batch_records, raw_to_tensors
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.bundle import Bundle


class UndecodableInput(ValueError):
    """A value was given that could not be read as what it should be."""


def predict_record(bundle: Bundle, record: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle's answer to one record, JSON-ready; calibrated, where the bundle is.

    Args:
        bundle: trained network.
        record: raw values by modality: encoded bytes or the path of a file, text, ids, numbers. A missing key is an
            absent modality.

    Returns:
        `label` and `probabilities` by class name (classification), `probabilities` (multi-label), `score` (ranking;
        retrieval, where it is the cosine, and None if a side is absent), `value` (regression; by name where there are
        several that have names), `transcript` or `caption` with its `score`, the logarithm of its probability
        (transcription, captioning), or `picture_bytes`, a PNG as `{"b64": ...}` (generation); and `presence` by
        modality.

    Raises:
        UndecodableInput: a value could not be read; names the modality.
        ValueError: an unknown key, nothing given at all, or something missing that the network needs.

    Example:
        >>> predict_record(bundle, {"image": "x.jpg", "report": "Clear lungs."})["label"]
        'other'
    """
    inputs, there = record_inputs(bundle, record)
    seen = {"presence": there}
    return {**task_named(bundle.card.task).answer_record(bundle.answering, inputs, bundle.class_names), **seen}


def record_inputs(bundle: Bundle, record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
    """What the network is given for one record, with a batch axis of 1, and which modalities are there.

    Raises:
        UndecodableInput, ValueError: as `predict_record`.
    """
    content, presence, undecodable = raw_to_tensors(bundle.modalities, batch_records(bundle.modalities, [record]))
    names = list(bundle.modalities)
    there = dict(zip(names, (presence.numpy()[0] > 0).tolist(), strict=True))
    for name, broken in zip(names, undecodable.numpy()[0], strict=True):
        if broken:
            kind = bundle.modalities[name].kind
            expected = {
                "image": "a JPEG, PNG, GIF or BMP image",
                "audio": "a 16-bit PCM WAV recording",
                "video": "an animated GIF, or frames as JPEG, PNG, GIF or BMP images",
                "series": "finite numbers",
                "points": "points of finite numbers",
            }.get(kind, f"a value of kind {kind}")
            raise UndecodableInput(f"{name!r} could not be read: expected {expected}. Leave it out if there is none.")
    if not any(there.values()):
        raise ValueError(f"Nothing to answer: give at least one of {', '.join(names)}.")
    absent = [name for name in names if not there[name] and not bundle.modalities[name].shows_absence]
    if not bundle.has_presence:
        # An empty text is no better than a missing image to a network that never saw one.
        absent += [name for name in names if not there[name] and bundle.modalities[name].kind == "text"]
    if absent and not bundle.has_presence:
        raise ValueError(
            f"{absent[0]!r} is missing or empty, and this network was built without missing_modalities=True: "
            f"it needs all of {', '.join(names)}."
        )
    return ({**content, PRESENCE: presence} if bundle.has_presence else content), there
