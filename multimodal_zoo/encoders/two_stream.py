"""Video in two streams: what is in the picture, and how it moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.frames import check_frames
from multimodal_zoo.encoders.image_cnn import image_cnn
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.present_steps import PresentSteps
from multimodal_zoo.encoders.word_order import word_counts


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MiddleFrame(keras.Layer):
    """Picks the middle one of the frames that are there; a black one where there is none.

    Called with frames (batch, steps, height, width, channels) that stand at the front and places (batch, steps), 0 =
    padding, returns (batch, height, width, channels). Of an even number it is the one before the middle.

    Example:
        >>> MiddleFrame()(frames, places)
    """

    def call(self, frames: Any, places: Any) -> Any:
        middle = ops.floor_divide(ops.maximum(word_counts(places) - 1, 0), 2)
        picked = ops.take_along_axis(frames, ops.reshape(middle, (-1, 1, 1, 1, 1)), axis=1)
        # Behind the last frame there are only zeros.
        return ops.squeeze(picked, axis=1)

    def compute_output_shape(self, frames_shape: tuple, places_shape: tuple) -> tuple:
        return (frames_shape[0], *frames_shape[2:])


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class FrameDifferences(keras.Layer):
    """The difference of each frame from the one before; zeros where either is not there.

    Called with frames (batch, steps, height, width, channels) that stand at the front and places (batch, steps), 0 =
    padding, returns (batch, steps - 1, height, width, channels).

    Example:
        >>> FrameDifferences()(frames, places)
    """

    def call(self, frames: Any, places: Any) -> Any:
        there = ops.reshape(ops.not_equal(places[:, 1:], 0), (-1, frames.shape[1] - 1, 1, 1, 1))
        differences = frames[:, 1:] - frames[:, :-1]
        return ops.where(there, differences, ops.zeros_like(differences))

    def compute_output_shape(self, frames_shape: tuple, places_shape: tuple) -> tuple:
        return (frames_shape[0], frames_shape[1] - 1, *frames_shape[2:])


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class StackedMotion(keras.Layer):
    """Stacks the motion of all steps as the channels of one picture.

    Called with motion (batch, steps, height, width, channels), returns (batch, height, width, steps * channels), the
    channels of the first step first.

    Example:
        >>> StackedMotion()(flow)
    """

    def call(self, motion: Any) -> Any:
        _, steps, height, width, channels = motion.shape
        return ops.reshape(ops.transpose(motion, (0, 2, 3, 1, 4)), (-1, height, width, steps * channels))

    def compute_output_shape(self, motion_shape: tuple) -> tuple:
        rows, steps, height, width, channels = motion_shape
        return (rows, height, width, steps * channels)


def two_stream(
    spatial: Callable[[Any], Any] | None = None,
    temporal: Callable[[Any], Any] | None = None,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a video encoder of two image encoders: one sees a still, one the motion of all frames, stacked.

    The motion is the optical flow where it is given, otherwise the difference of each frame from the one before. The
    still is the middle frame (the paper draws one at random and averages over several at test time).

    Args:
        spatial: image encoder of the still; None takes a small `image_cnn`.
        temporal: image encoder of the motion, which has (steps - 1) * channels, or 2 * steps of flow, channels; None
            takes a small `image_cnn`.
        name: prefix of the layers' names.

    Returns:
        A callable that maps frames (batch, steps, height, width, channels), 0 to 1, a mask (batch, steps), 0 where a
        frame is not there (None: all are), and flow (batch, steps of flow, height, width, 2), in pixels, zeros where
        there is none (None: frame differences), to (batch, width of either encoder, added up).

    Raises:
        ValueError: if the frames or the flow are of another form, or there is only one frame and no flow.

    Example:
        >>> two_stream()(keras.Input((8, 32, 32, 3))).shape
        (None, 128)

    Reference:
        Simonyan 2014, arXiv:1406.2199, sections 2 and 3.1 (optical flow stacking).
    """
    see = spatial or image_cnn((16, 32, 64), name=prefixed(name, "spatial"))
    follow = temporal or image_cnn((16, 32, 64), name=prefixed(name, "temporal"))
    align = PresentSteps(name=prefixed(name, "present"))
    pick = MiddleFrame(name=prefixed(name, "still"))
    differ = FrameDifferences(name=prefixed(name, "differences"))
    stack = StackedMotion(name=prefixed(name, "motion"))
    join = keras.layers.Concatenate(name=prefixed(name, "streams"))

    def call(frames: Any, mask: Any = None, flow: Any = None) -> Any:
        check_frames("two_stream", frames)
        if flow is None and frames.shape[1] < 2:
            raise ValueError("two_stream needs two frames or more, or flow; received one frame and no flow.")
        frames, places = align(frames, mask)
        if flow is not None:
            check_frames("The flow of two_stream", flow)
        motion = differ(frames, places) if flow is None else flow
        return join([see(pick(frames, places)), follow(stack(motion))])

    return call
