"""A series of vectors by an LSTM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.encoders.present_steps import PresentSteps, check_series
from multimodal_zoo.encoders.word_order import StateAtLastWord


def series_lstm(units: int = 64, dropout: float = 0.0, name: str | None = None) -> Callable[..., Any]:
    """Makes a series encoder: an LSTM, read at the last step.

    Args:
        units: units of the LSTM.
        dropout: share dropped of the steps and of the answer, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, steps, variables), and a mask (batch, steps), 0 where a step is not there
        (None: all are), to (batch, units). Steps that are not there are skipped. Without any step the answer is zeros.

    Raises:
        ValueError: if the series are of another form.

    Example:
        >>> series_lstm(32)(keras.Input((50, 8))).shape
        (None, 32)

    Reference:
        Hochreiter and Schmidhuber 1997, Long short-term memory; with a forget gate, Gers 2000.
    """
    align = PresentSteps(name=prefixed(name, "present"))
    drop_steps = keras.layers.Dropout(dropout, name=prefixed(name, "steps_dropout")) if dropout else None
    lstm = LSTM(units, return_sequences=True, name=prefixed(name, "lstm"))
    last_step = StateAtLastWord(name=prefixed(name, "last_step"))
    drop_state = keras.layers.Dropout(dropout, name=prefixed(name, "state_dropout")) if dropout else None

    def call(series: Any, mask: Any = None) -> Any:
        check_series("series_lstm", series)
        series, places = align(series, mask)
        if drop_steps is not None:
            series = drop_steps(series)
        state = last_step(lstm(series), places)
        return state if drop_state is None else drop_state(state)

    return call
