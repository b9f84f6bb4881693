"""Video, sound and a sensor of a place under watch -> event."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import SplitMask, frames_lstm, image_cnn, log_mel_cnn, tcn
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Audio, Series, Video
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:2107.07502, arXiv:1411.4389, arXiv:1803.01271"))
def surveillance(
    video: Video | None = Video(6, 24, 32, 1),
    audio: Audio | None = Audio(8000, 1.5),
    sensor: Series | None = Series(1, 30),
    *,
    num_classes: int = 4,
    frame_filters: Sequence[int] = (16, 32),
    audio_filters: Sequence[int] = (32, 48, 64),
    sensor_filters: Sequence[int] = (16, 16, 16),
    units: int = 32,
    fusion: str = "concat",
    joint_dim: int = 64,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Event in a place under watch from its video, its sound and the readings of a sensor.

    A CNN and an LSTM read the frames, a CNN over time the spectrogram, causal convolutions the readings; a fusion
    operator joins the three. How unusual a record is, `metrics.anomaly_score` tells from the same answer: one minus the
    probability of the class that is called normal. This is a network for events it was shown; of an event of another
    kind it may think anything.

    Args:
        video, audio, sensor: the modalities; None leaves one out. The audio has to come as a log-mel spectrogram.
        num_classes: events, the normal course of things among them.
        frame_filters: of the 3x3 convolutions over a frame.
        audio_filters: of the convolutions over time of the audio CNN.
        sensor_filters: of the blocks of causal convolutions; the i-th looks 2^i readings back with each tap.
        units: of the LSTM over the frames.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of the frames, the readings' channels and the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"video", "audio", "sensor"}` (and `presence`) to `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = surveillance(Video(16, 64, 64, 3), Audio(16000, 4.0), None, num_classes=9, missing_modalities=True)
        >>> alarm = anomaly_score(model.predict(records), normal=0) > 0.9

    Reference: fusion of encodings of several sensors as in Liang et al. 2021, arXiv:2107.07502 (MultiBench), section 3;
        the video: Donahue et al. 2015, arXiv:1411.4389; the sensor: Bai et al. 2018, arXiv:1803.01271.
    """
    inputs = model_inputs(video=video, audio=audio, sensor=sensor, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {}
    if video is not None:
        frames, shown = SplitMask(name="video_split")(seen["video"])
        look = image_cnn(frame_filters, name="video_frame")
        encodings["video"] = frames_lstm(look, units, dropout, name="video")(frames, shown)
    if audio is not None:
        encodings["audio"] = log_mel_cnn(audio_filters, name="audio")(seen["audio"])
    if sensor is not None:
        readings, there = SplitMask(name="sensor_split")(seen["sensor"])
        encodings["sensor"] = tcn(sensor_filters, dropout=dropout, name="sensor")(readings, there)

    joint = fuse(fusion, joint_dim)(encodings, presence)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="surveillance")
