"""Fusion: several encodings into one joint representation, some of them perhaps absent."""

from multimodal_zoo.fusion.additive_attention import AdditiveAttention
from multimodal_zoo.fusion.concat import Concat
from multimodal_zoo.fusion.feature_pooling import FeaturePooling
from multimodal_zoo.fusion.gated import Gated
from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.late_weighted import LateWeighted
from multimodal_zoo.fusion.operator import (
    FusionOperator,
    UnknownFusion,
    fuse,
    fusion_operator,
    list_fusions,
    operator_arguments,
    register_fusion,
)
from multimodal_zoo.fusion.presence import (
    ModalityDropout,
    PresenceColumns,
    SilenceAbsent,
    presence_of,
    silence_absent,
)

__all__ = [
    "AdditiveAttention",
    "Concat",
    "FeaturePooling",
    "FusionOperator",
    "Gated",
    "LateAverage",
    "LateWeighted",
    "ModalityDropout",
    "PresenceColumns",
    "SilenceAbsent",
    "UnknownFusion",
    "fuse",
    "fusion_operator",
    "list_fusions",
    "operator_arguments",
    "presence_of",
    "register_fusion",
    "silence_absent",
]
