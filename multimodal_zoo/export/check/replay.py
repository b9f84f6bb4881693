"""The checks that run the model: TensorFlow loads it, and it answers its golden requests as when it was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.export.check.report import Check, a_few, judged, skipped
from multimodal_zoo.export.golden_requests import (
    GOLDEN_REQUESTS,
    GoldenRequest,
    GoldenRequestsError,
    read_golden_requests,
)

REPLAY = "golden requests"
SIGNATURE = "serving_default"
# Other processors add float32 in another order. |answer - stored| <= ABSOLUTE + RELATIVE * |stored|.
ABSOLUTE, RELATIVE = 1e-4, 1e-3


def check_replay(folder: Path, needs_text: bool) -> Check:
    """Load the SavedModel and replay its golden requests; labels and other non-floats have to be equal.

    Args:
        folder: of the version. Its operations have been checked: this runs them.
        needs_text: whether there are operations of tensorflow_text, which TensorFlow knows once that is imported.
    """
    if needs_text:
        import tensorflow_text  # noqa: F401
    try:
        served = tf.saved_model.load(str(folder))
    # Whatever is wrong with a file, TensorFlow's loader raises something of its own.
    except Exception as error:
        return judged(REPLAY, [f"TensorFlow cannot load it ({type(error).__name__}: {error})."], "")
    try:
        requests = read_golden_requests(folder)
    except GoldenRequestsError as error:
        return judged(REPLAY, [str(error)], "")
    if not requests:
        return skipped(REPLAY, f"TensorFlow loads it, but there is no {GOLDEN_REQUESTS}: export anew to have some.")
    faults = [fault for request in requests for fault in wrong_answers(served.signatures[SIGNATURE], request)]
    return judged(
        REPLAY,
        a_few(faults),
        f"{len(requests)} requests answered as stored, numbers within {ABSOLUTE:g} + {RELATIVE:g} of the stored one.",
    )


def wrong_answers(signature: Any, request: GoldenRequest) -> Iterator[str]:
    """What differs between the answer to a request and the stored one, one sentence an output."""
    specs = signature.structured_input_signature[1]
    try:
        inputs = {name: tf.constant([value], specs[name].dtype) for name, value in request.inputs.items()}
        answer = {name: value.numpy()[0] for name, value in signature(**inputs).items()}
    # As with loading: TensorFlow's errors have no common base with those of wrong types and names.
    except Exception as error:
        yield f"The request {request.title!r} fails ({type(error).__name__}: {error})."
        return
    for name in sorted(request.answer.keys() | answer.keys()):
        if name not in answer:
            yield f"The answer to {request.title!r} has no {name!r}."
        elif name not in request.answer:
            yield f"The answer to {request.title!r} has {name!r}, which is not stored."
        elif not alike(answer[name], request.answer[name]):
            stored, came = request.answer[name], plain(answer[name])
            yield f"The answer to {request.title!r}: {name!r} is {came}, stored is {stored}."


def alike(answer: Any, stored: Any) -> bool:
    """Whether an answer is the stored one; what is not finite never is."""
    answer = np.asarray(answer)
    if answer.dtype.kind != "f":
        return plain(answer) == stored
    stored = np.asarray(stored)
    return (
        stored.dtype.kind in "fi"
        and stored.shape == answer.shape
        and bool(np.isfinite(answer).all())
        and np.allclose(answer, stored, rtol=RELATIVE, atol=ABSOLUTE)
    )


def plain(value: Any) -> Any:
    """An answer as Python values, strings as text."""
    listed = np.asarray(value).tolist()
    if isinstance(listed, list):
        return [plain(one) for one in listed]
    return listed.decode(errors="replace") if isinstance(listed, bytes) else listed
