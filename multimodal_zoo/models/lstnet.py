"""Many series -> all of them, some steps ahead."""

from __future__ import annotations

import keras

from multimodal_zoo.encoders import AutoregressiveHighway, LessLastStep, PresentSteps, SplitMask
from multimodal_zoo.encoders import lstnet as lstnet_states
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import regression_head
from multimodal_zoo.modalities import Series
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="regression", paper="arXiv:1703.07015"))
def lstnet(
    series: Series = Series(8, 168, fill="last"),
    *,
    filters: int = 32,
    kernel: int = 6,
    units: int = 32,
    skip: int = 24,
    skip_units: int = 5,
    attention: bool = False,
    highway: int = 24,
    less_last: bool = True,
    fusion: str = "concat",
    joint_dim: int = 64,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Forecast of many series at once by convolution, GRU, skip-GRU or attention, and an autoregressive highway.

    At which horizon it answers is said by what it is trained on: the labels are the readings of all series so many
    steps after the last. The answer has their unit. Without any reading it does not depend on the input.

    Args:
        series: what is read and what is forecast. Where some series have no reading at the last step, `fill="last"`
            tells the network the one before.
        filters, kernel: channels of the convolution over all series, and steps that it sees at once.
        units: units of the GRU.
        skip, skip_units: how many steps the skip-GRU jumps, such as the period of the series, and its units; `skip=0`
            leaves it out.
        attention: whether the temporal attention over the states of the GRU is there.
        highway: steps that the autoregressive highway looks back; 0 leaves it out.
        less_last: whether the series are read as differences from their last reading, which is added to the forecast
            again, and the deep path starts as zero. The network then starts from "nothing changes", which of series
            that wander without a level (prices, rates) is hard to beat. False is the paper's network.
        fusion: any of `list_fusions()`; there is one encoding, of which it makes the fused representation.
        joint_dim: width of the fused representation.
        dropout: share dropped after the convolution, of the states and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`.
        modality_dropout: share of training records in which the series are taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"series"}` (and `presence`) to `(batch, series.features)` values.

    Raises:
        UnknownFusion: no such operator.
        ValueError: the series have channels that flag missing readings.

    Example:
        >>> model = lstnet(Series(321, 168), skip=24, less_last=False)

    Reference: Lai et al. 2018, arXiv:1703.07015, sections 3.2 to 3.6; differences from the last step: Zeng et al. 2023,
        arXiv:2205.13504, section 4. A fusion operator stands between the states and the linear layer; the candidate
        states have tanh.
    """
    if series.flag_missing:
        raise ValueError("lstnet forecasts every channel it reads: declare its Series with flag_missing=False.")
    inputs = model_inputs(series=series, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    readings, there = SplitMask(name="series_split")(seen["series"])
    readings, places = PresentSteps(name="series_steps")(readings, there)
    linear = []
    if less_last:
        readings, last = LessLastStep(name="series_less_last")(readings, places)
        linear.append(last)
    if highway:
        linear.append(AutoregressiveHighway(highway, name="highway")(readings, places))
    states = lstnet_states(filters, kernel, units, skip, skip_units, attention, dropout, name="series")

    joint = fuse(fusion, joint_dim)({"series": states(readings, places)}, presence)
    head = regression_head(series.features, dropout, units_of="series", start_at_zero=less_last)
    return keras.Model(inputs, head(joint, extra_logits=linear or None), name="lstnet")
