"""Camera, radar and GPS -> what is ahead."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from multimodal_zoo.encoders import SplitMask, image_cnn, set_transformer
from multimodal_zoo.encoders.frames import encode_each
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.fusion import FuseEachMoment, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Points, Series, Video
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:2005.07431, arXiv:1810.00825"))
def driving_perception(
    camera: Video | None = Video(4, 24, 40, 1),
    radar: Points | None = Points(5, 48),
    gps: Series | None = Series(2, 4, keep="oldest", align="given"),
    *,
    num_classes: int = 6,
    camera_filters: Sequence[int] = (16, 32),
    camera_cells: int = 8,
    radar_dim: int = 32,
    radar_heads: int = 4,
    gps_units: int = 16,
    moments: int | None = None,
    moment_fusion: str = "concat",
    moment_dim: int = 48,
    joint_dim: int = 48,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Class of what is ahead from camera frames, radar points and GPS fixes, joined moment by moment.

    A CNN reads each frame; a set transformer reads the radar returns of all sweeps, of which a column tells how old
    each is, and has a learned seed for every moment that asks for what matters to it. What the sensors say at the same
    moment is joined there, by a fusion operator to which a sensor without a frame or a fix is absent at this moment.
    An LSTM reads moment after moment; its last state is the joint representation.

    Args:
        camera, radar, gps: the modalities; None leaves one out. Frames and fixes are of the same moments.
        num_classes: classes.
        camera_filters: of the 3x3 convolutions over a frame.
        camera_cells: most rows and columns of a frame that are told apart; what is ahead may be small.
        radar_dim, radar_heads: width and attention heads of the set transformer.
        gps_units: units of the dense layer over a fix.
        moments: how many there are; None takes as many as there are frames or fixes, and one for the radar alone.
        moment_fusion: what joins the sensors at each moment, any of `list_fusions()`.
        moment_dim: width of what it gives.
        joint_dim: units of the LSTM.
        dropout: share dropped of what the LSTM reads and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"camera", "radar", "gps"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: camera, GPS and `moments` tell different numbers of moments.

    Example:
        >>> model = driving_perception(Video(6, 48, 80, 3), Points(5, 64), None, missing_modalities=True)

    Reference: Nobis et al. 2019, arXiv:2005.07431 (CRF-Net: camera and radar features joined before the decision; there
        within one image, by projecting the returns into it, here over time); Lee et al. 2019, arXiv:1810.00825.
        There is no choice of operator behind the LSTM: joining before it is the architecture.
    """
    inputs = model_inputs(camera=camera, radar=radar, gps=gps, presence=missing_modalities)
    seen, _ = silence_absent(inputs, modality_dropout)
    moments = same_moments(moments, None if camera is None else camera.frames, None if gps is None else gps.steps)

    said, there = {}, {}
    if camera is not None:
        frames, there["camera"] = SplitMask(name="camera_split")(seen["camera"])
        said["camera"] = encode_each(image_cnn(camera_filters, camera_cells, name="camera"), frames)
    if radar is not None:
        points, found = SplitMask(name="radar_split")(seen["radar"])
        asked = set_transformer(radar_dim, radar_heads, layers=1, seeds=moments, name="radar")(points, found)
        said["radar"] = keras.layers.Reshape((moments, radar_dim), name="radar_moments")(asked)
        there["radar"] = ops.repeat(ops.max(found, axis=1, keepdims=True), moments, axis=1)
    if gps is not None:
        fixes, there["gps"] = SplitMask(name="gps_split")(seen["gps"])
        said["gps"] = keras.layers.Dense(gps_units, activation="relu", name="gps_dense")(fixes)

    joined = FuseEachMoment(moment_fusion, moment_dim, tuple(said), name="each_moment")(said, there)
    joined = keras.layers.Dropout(dropout, name="each_moment_dropout")(joined)
    joint = LSTM(joint_dim, name="joint")(joined)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="driving_perception")


def same_moments(moments: int | None, frames: int | None, fixes: int | None) -> int:
    """The number of moments that all tell who tell any, or 1; raises ValueError where they differ."""
    told = {count for count in (moments, frames, fixes) if count is not None}
    if len(told) > 1:
        raise ValueError(
            f"Frames and fixes have to be of the same moments; received {frames} frames of the camera, {fixes} steps "
            f"of the GPS and moments={moments}."
        )
    return told.pop() if told else 1
