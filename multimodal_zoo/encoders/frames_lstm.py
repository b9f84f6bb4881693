"""Video by an image encoder over its frames and an LSTM over what it saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.frames import check_frames, encode_each
from multimodal_zoo.encoders.image_cnn import image_cnn
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.encoders.present_steps import PresentSteps, ZeroPadding
from multimodal_zoo.encoders.word_order import StateAtLastWord


def frames_lstm(
    image_encoder: Callable[[Any], Any] | None = None,
    units: int = 64,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a video encoder: the same image encoder over every frame, then an LSTM, read at the last frame.

    Args:
        image_encoder: encodes one frame, such as `image_backbone("MobileNetV2")`; None takes a small `image_cnn`.
        units: units of the LSTM.
        dropout: share dropped of the vectors of the frames and of the answer, 0 to 1.
        return_sequence: whether to answer at each frame.
        name: prefix of the layers' names.

    Returns:
        A callable that maps frames (batch, steps, height, width, channels), 0 to 1, and a mask (batch, steps), 0
        where a frame is not there (None: all are), to (batch, units); with `return_sequence` to (batch, steps, units),
        the frames that are there at the front, zeros behind. Without any frame the answer is zeros.

    Raises:
        ValueError: if the frames are of another form.

    Example:
        >>> frames_lstm(image_cnn((16, 32)))(keras.Input((8, 32, 32, 3))).shape
        (None, 64)

    Reference:
        Donahue 2015, arXiv:1411.4389, section 3.
    """
    encode = image_encoder or image_cnn((16, 32, 64), name=prefixed(name, "frame"))
    align = PresentSteps(name=prefixed(name, "present"))
    drop_frames = keras.layers.Dropout(dropout, name=prefixed(name, "frames_dropout")) if dropout else None
    lstm = LSTM(units, return_sequences=True, name=prefixed(name, "lstm"))
    last_frame = StateAtLastWord(name=prefixed(name, "last_frame"))
    blank = ZeroPadding(name=prefixed(name, "padding"))
    drop_states = keras.layers.Dropout(dropout, name=prefixed(name, "states_dropout")) if dropout else None

    def call(frames: Any, mask: Any = None) -> Any:
        check_frames("frames_lstm", frames)
        frames, places = align(frames, mask)
        vectors = encode_each(encode, frames)
        if drop_frames is not None:
            vectors = drop_frames(vectors)
        states = (blank if return_sequence else last_frame)(lstm(vectors), places)
        return states if drop_states is None else drop_states(states)

    return call
