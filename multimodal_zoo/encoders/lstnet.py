"""Many series at once in the manner of LSTNet: convolution, GRU, skip-GRU, and an autoregressive highway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.lstnet_text import SkipGRU, TemporalAttention
from multimodal_zoo.encoders.present_steps import PresentSteps, check_series
from multimodal_zoo.encoders.word_order import StateAtLastWord, word_counts


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AutoregressiveHighway(keras.Layer):
    """Forecasts each variable from its own last values, with the same weights for all: sum_k w_k y_(n-k) + b.

    Called with series (batch, steps, variables) whose steps stand at the front and places (batch, steps), 0 =
    padding, returns (batch, variables). Steps before the first count as zeros.

    Args:
        window: how many of the last steps it looks at.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> AutoregressiveHighway(24)(series, places)

    Reference:
        Lai 2018, arXiv:1703.07015, section 3.6.
    """

    def __init__(self, window: int, **kwargs: Any):
        super().__init__(**kwargs)
        if window < 1:
            raise ValueError(f"window must be positive; received window={window!r}.")
        self.window = int(window)

    def build(self, series_shape: tuple, places_shape: tuple) -> None:
        # Zeros: at first the deep path speaks alone; a linear path does not need a random start.
        self.weights_of_steps = self.add_weight(shape=(self.window,), initializer="zeros", name="weights_of_steps")
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, series: Any, places: Any) -> Any:
        wanted = ops.expand_dims(word_counts(places) - 1, 1) - ops.expand_dims(ops.arange(self.window), 0)
        wanted = ops.expand_dims(wanted, -1)
        last = ops.take_along_axis(series, ops.maximum(wanted, 0), axis=1)
        last = ops.where(wanted >= 0, last, ops.zeros_like(last))
        return ops.sum(last * ops.reshape(self.weights_of_steps, (1, -1, 1)), axis=1) + self.bias

    def compute_output_shape(self, series_shape: tuple, places_shape: tuple) -> tuple:
        return (series_shape[0], series_shape[2])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "window": self.window}


def lstnet(
    filters: int = 32,
    kernel: int = 6,
    units: int = 32,
    skip: int = 24,
    skip_units: int = 5,
    attention: bool = False,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes the deep part of LSTNet: convolution over all variables, then a GRU beside a skip-GRU or an attention.

    Departs from the paper: tanh instead of ReLU for the candidate state of the GRUs (ReLU, as there, for the
    convolution).

    Args:
        filters: channels of the convolution.
        kernel: steps that the convolution sees at once, the present one the last.
        units: units of the GRU.
        skip: how many steps the skip-GRU jumps, such as the period of the series; 0 leaves it out.
        skip_units: units of the skip-GRU.
        attention: whether the temporal attention over the states of the GRU goes beside its last state (LSTNet-Attn,
            which has it in place of the skip-GRU: `skip=0`).
        dropout: share dropped after the convolution and of the answer, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, steps, variables), and a mask (batch, steps), 0 where a step is not there
        (None: all are), to (batch, units + skip * skip_units), and `units` more with attention. Without any step the
        answer is zeros.

    Raises:
        ValueError: if a size is not positive, or the series are of another form.

    Example:
        >>> lstnet(skip=7)(keras.Input((28, 8))).shape
        (None, 67)

    Reference:
        Lai 2018, arXiv:1703.07015, sections 3.2 to 3.5.
    """
    align = PresentSteps(name=prefixed(name, "present"))
    encode = _recurrent_features(filters, kernel, units, skip, skip_units, attention, dropout, name)

    def call(series: Any, mask: Any = None) -> Any:
        check_series("lstnet", series)
        return encode(*align(series, mask))

    return call


def lstnet_forecast(
    highway: int = 24,
    filters: int = 32,
    kernel: int = 6,
    units: int = 32,
    skip: int = 24,
    skip_units: int = 5,
    attention: bool = False,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes the whole LSTNet: a linear layer over `lstnet` plus the autoregressive highway.

    Args:
        highway: steps that the autoregressive highway looks back; 0 leaves it out.
        filters: channels of the convolution.
        kernel: steps that the convolution sees at once.
        units: units of the GRU.
        skip: how many steps the skip-GRU jumps; 0 leaves it out.
        skip_units: units of the skip-GRU.
        attention: whether there is the temporal attention, see `lstnet`.
        dropout: share dropped after the convolution and of the states, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, steps, variables), and a mask as of `lstnet`, to the forecast of each
        variable (batch, variables), at whatever horizon it is trained for.

    Raises:
        ValueError: if a size is not positive, or the series are of another form.

    Example:
        >>> lstnet_forecast(skip=7)(keras.Input((28, 8))).shape
        (None, 8)

    Reference:
        Lai 2018, arXiv:1703.07015, sections 3.2 to 3.6.
    """
    align = PresentSteps(name=prefixed(name, "present"))
    encode = _recurrent_features(filters, kernel, units, skip, skip_units, attention, dropout, name)
    regress = AutoregressiveHighway(highway, name=prefixed(name, "highway")) if highway else None
    add = keras.layers.Add(name=prefixed(name, "forecast"))
    made: dict[str, keras.Layer] = {}

    def call(series: Any, mask: Any = None) -> Any:
        check_series("lstnet_forecast", series)
        series, places = align(series, mask)
        if "dense" not in made:
            made["dense"] = keras.layers.Dense(series.shape[-1], name=prefixed(name, "dense"))
        deep = made["dense"](encode(series, places))
        return deep if regress is None else add([deep, regress(series, places)])

    return call


def _recurrent_features(
    filters: int,
    kernel: int,
    units: int,
    skip: int,
    skip_units: int,
    attention: bool,
    dropout: float,
    name: str | None,
) -> Callable[[Any, Any], Any]:
    convolve = keras.layers.Conv1D(
        filters, kernel, padding="causal", activation="relu", name=prefixed(name, "convolution")
    )
    drop_features = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None
    gru = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, "gru"))
    last_step = StateAtLastWord(name=prefixed(name, "last_step"))
    skip_gru = SkipGRU(skip_units, skip, name=prefixed(name, "skip_gru")) if skip else None
    attend = TemporalAttention(name=prefixed(name, "attention")) if attention else None
    join = keras.layers.Concatenate(name=prefixed(name, "states"))
    drop_states = keras.layers.Dropout(dropout, name=prefixed(name, "states_dropout")) if dropout else None

    def call(series: Any, places: Any) -> Any:
        features = convolve(series)
        if drop_features is not None:
            features = drop_features(features)
        states = gru(features)
        last = last_step(states, places)
        parts = [last]
        if attend is not None:
            parts.append(attend(states, query=last, ids=places))
        if skip_gru is not None:
            parts.append(skip_gru(features, places))
        joined = join(parts) if len(parts) > 1 else last
        return joined if drop_states is None else drop_states(joined)

    return call
