"""What a series, a video or a set of points holds, and which of it is there."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SplitMask(keras.Layer):
    """Takes the mask off the tensor of a `Series`, a `Video` or `Points`, whose last channel it is.

    One tensor carries both, so that one input, one column of presence and one entry of the `tensors` signature
    belong to a modality; and when an absent one is silenced to zeros, nothing of it is there.

    Called with (batch, steps, features + 1), or with (batch, steps, height, width, channels + 1), in which the last
    channel is 1 where a step is there and 0 where it is padding, returns the same without that channel, and the mask
    (batch, steps) int32.

    Example:
        >>> readings, there = SplitMask(name="sensors_split")(inputs["sensors"])
        >>> lstnet()(readings, there)
    """

    def __init__(self, **kwargs: Any):
        # Not autocast: what is split is rounded where an encoder asks for it.
        super().__init__(autocast=False, **kwargs)

    def call(self, steps: Any) -> tuple[Any, Any]:
        mask = steps[..., -1]
        if len(steps.shape) == 5:
            # The same all over a frame.
            mask = mask[:, :, 0, 0]
        return steps[..., :-1], ops.cast(ops.not_equal(mask, 0), "int32")

    def compute_output_spec(self, steps: Any) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        if len(steps.shape) not in (3, 5) or steps.shape[-1] is None or steps.shape[-1] < 2:
            raise ValueError(
                "SplitMask takes steps (batch, steps, features + 1) or frames (batch, steps, height, width, "
                f"channels + 1), the last channel the mask; received the shape {tuple(steps.shape)}."
            )
        without = (*steps.shape[:-1], steps.shape[-1] - 1)
        return keras.KerasTensor(without, dtype=steps.dtype), keras.KerasTensor(steps.shape[:2], dtype="int32")
