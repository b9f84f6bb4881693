"""State of a machine and readings of its sensors -> how long it still runs."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from multimodal_zoo.encoders import SplitMask, dense_layers, tcn
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import regression_head
from multimodal_zoo.modalities import Numeric, Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="regression", paper="doi:10.1109/PHM.2008.4711414, arXiv:1803.01271"))
def machine_health(
    sensors: Series | None = Series(21, 60),
    state: Numeric | None = Numeric(4),
    *,
    filters: Sequence[int] = (32, 32, 32, 32),
    kernel: int = 3,
    hidden: Sequence[int] = (32,),
    fusion: str = "concat",
    joint_dim: int = 64,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Remaining life of a machine from what its sensors read lately and in which state it runs.

    The sensors go through causal convolutions that look ever further back, the state (settings, load, age) through
    dense layers; a fusion operator joins them. The answer has the unit of the labels, such as cycles.

    Args:
        sensors, state: the modalities; None leaves one out and gives the network of the other alone.
        filters: of the blocks of convolutions; the i-th looks 2^i steps back with each tap.
        kernel: taps of a convolution.
        hidden: units of the dense layers.
        fusion: any of `list_fusions()`.
        joint_dim: width of the fused representation.
        dropout: share dropped of the channels after each convolution and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"sensors", "state"}` (and `presence`) to `(batch, 1)` values.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = machine_health(Series(21, 60), Numeric(4), fusion="gated", missing_modalities=True)

    Reference: remaining useful life: Saxena et al. 2008, doi:10.1109/PHM.2008.4711414; the network of the sensors: Bai
        et al. 2018, arXiv:1803.01271, section 3.
    """
    inputs = model_inputs(sensors=sensors, state=state, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    encodings = {}
    if sensors is not None:
        readings, there = SplitMask(name="sensors_split")(seen["sensors"])
        encodings["sensors"] = tcn(filters, kernel, dropout, name="sensors")(readings, there)
    if state is not None:
        encodings["state"] = dense_layers(hidden, name="state")(seen["state"])

    joint = fuse(fusion, joint_dim)(encodings, presence)
    return keras.Model(inputs, regression_head(dropout=dropout)(joint), name="machine_health")
