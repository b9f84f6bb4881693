"""Figures of recognised speech, from labels and the probabilities of characters at every frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo.heads.ctc_search import BEAM_WIDTH, ctc_search
from multimodal_zoo.metrics.text import character_error_rate, word_error_rate

# Records that are searched at a time.
AT_A_TIME = 64
# Where Unicode leaves characters to anyone.
PRIVATE = 0xE000


def spelled(numbers: np.ndarray, class_names: Sequence[str] = ()) -> list[str]:
    """Rows of character numbers as texts; 0 stands for nothing.

    Args:
        numbers: `(records, places)`.
        class_names: the characters in the order of their numbers, the first of them empty. Without, each number is a
            character of a private alphabet: texts can then be compared, not read.

    Example:
        >>> spelled(np.array([[1, 0, 2, 1]]), ("", "A", "B"))
        ['ABA']
    """
    numbers = np.asarray(numbers).astype(int)
    names = class_names or ("", *(chr(PRIVATE + number) for number in range(1, numbers.max(initial=0) + 1)))
    return ["".join(names[number] for number in row) for row in numbers]


def transcription_metrics(
    labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str] = (), beam_width: int = BEAM_WIDTH
) -> dict[str, Any]:
    """Word and character error rate of the most probable texts.

    Args:
        labels: `(records, longest)` character numbers, filled up with 0.
        probabilities: `(records, frames, characters)`, the blank first.
        class_names: the characters in the order of their numbers, see `spelled`.
        beam_width: of the search, see `heads.ctc_search`.

    Returns:
        `wer` and `cer`, 0 being perfect; `word_accuracy`, which is 1 - `wer`; and `exact`, the share of records without
        any error.

    Raises:
        ImportError: jiwer is not installed; the message names the extra.
        ValueError: a label is empty.
    """
    chunks = [probabilities[start : start + AT_A_TIME] for start in range(0, len(probabilities), AT_A_TIME)]
    found = [keras.ops.convert_to_numpy(ctc_search(chunk, beam_width)[0]) for chunk in chunks]
    said = spelled(labels, class_names)
    heard = [text for chunk in found for text in spelled(chunk, class_names)]
    wer = word_error_rate(heard, said)
    return {
        "wer": wer,
        "cer": character_error_rate(heard, said),
        "word_accuracy": 1.0 - wer,
        "exact": float(np.mean([one == other for one, other in zip(heard, said, strict=True)])),
    }


def most_frequent_text(labels: np.ndarray) -> np.ndarray:
    """The row of `(records, longest)` labels that there is most often; of several the first."""
    rows, first, counts = np.unique(np.asarray(labels), axis=0, return_index=True, return_counts=True)
    return rows[np.lexsort((first, -counts))[0]]


def frames_that_say(text: np.ndarray, characters: int) -> np.ndarray:
    """Frames `(frames, characters)` of certain characters that are read as this text, `(places,)` numbers."""
    # A blank behind each character keeps two that are the same apart.
    said = np.stack([text, np.zeros_like(text)], axis=1).reshape(-1)
    return np.eye(characters)[said.astype(int)]
