"""From the probabilities of characters at every frame to the most probable text."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.heads.transcription_head import BLANK, log_probabilities

BEAM_WIDTH = 16


def ctc_search(probabilities: Any, beam_width: int = BEAM_WIDTH) -> tuple[Any, Any]:
    """Finds the text that many frames agree on: repeated characters are one, blanks none.

    Args:
        probabilities: (batch, frames, characters), the blank the first character.
        beam_width: how many beginnings of a text are followed, 1 or more. With 1 the search is greedy: it takes the
            best character of every frame, of which the text need not be the most probable one.

    Returns:
        Character numbers (batch, frames) int32, 0 where there is none: those of the text in their order, other places
        are 0. And the score of each text (batch,) float32, the logarithm of its probability: summed over the ways to
        say it that were followed; in the greedy search that of the best way alone.

    Raises:
        ValueError: if `beam_width` is below 1, or the probabilities are of another form.

    Example:
        >>> numbers, scores = ctc_search(model.predict(inputs), beam_width=16)

    Reference:
        Graves et al. 2006, Connectionist temporal classification, ICML, section 3.2; Graves 2012, Supervised sequence
        labelling with recurrent neural networks, section 7.5.3 (the beam).
    """
    if len(probabilities.shape) != 3:
        raise ValueError(
            f"ctc_search takes probabilities (batch, frames, characters); received {tuple(probabilities.shape)}."
        )
    if beam_width < 1:
        raise ValueError(f"beam_width is 1 (greedy) or more; received {beam_width!r}.")
    logarithms = log_probabilities(probabilities)
    if beam_width == 1:
        return greedy_search(logarithms)
    batch, frames = ops.shape(logarithms)[0], ops.shape(logarithms)[1]
    texts, scores = ops.ctc_decode(
        logarithms,
        ops.full((batch,), frames, dtype="int32"),
        strategy="beam_search",
        beam_width=beam_width,
        mask_index=BLANK,
    )
    # What fills up the shorter texts is -1.
    return ops.maximum(ops.cast(texts[0], "int32"), BLANK), scores[:, 0]


def greedy_search(logarithms: Any) -> tuple[Any, Any]:
    """The best character of each frame where it is not the one of the frame before, and the score of that way."""
    best = ops.cast(ops.argmax(logarithms, axis=-1), "int32")
    before = ops.pad(best[:, :-1], [[0, 0], [1, 0]], constant_values=BLANK)
    return ops.where(ops.equal(best, before), BLANK, best), ops.sum(ops.max(logarithms, axis=-1), axis=1)
