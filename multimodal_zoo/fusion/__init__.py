"""Fusion: several encodings into one joint representation, some of them perhaps absent."""

from multimodal_zoo.fusion.additive_attention import AdditiveAttention
from multimodal_zoo.fusion.attention_bottleneck import AttentionBottleneck
from multimodal_zoo.fusion.co_attention import CoAttention
from multimodal_zoo.fusion.concat import Concat
from multimodal_zoo.fusion.cross_modal_transformer import CrossModalTransformer
from multimodal_zoo.fusion.feature_pooling import FeaturePooling
from multimodal_zoo.fusion.gated import Gated
from multimodal_zoo.fusion.graph import Graph
from multimodal_zoo.fusion.late_average import LateAverage
from multimodal_zoo.fusion.late_weighted import LateWeighted
from multimodal_zoo.fusion.memory import Memory
from multimodal_zoo.fusion.memory_fusion import MemoryFusion
from multimodal_zoo.fusion.operator import (
    FusionOperator,
    UnknownFusion,
    fuse,
    fusion_operator,
    list_fusions,
    operator_arguments,
    register_fusion,
)
from multimodal_zoo.fusion.perceiver import Perceiver
from multimodal_zoo.fusion.presence import (
    ModalityDropout,
    PresenceColumns,
    SilenceAbsent,
    presence_of,
    silence_absent,
)
from multimodal_zoo.fusion.sequence_operator import SequenceFusion

__all__ = [
    "AdditiveAttention",
    "AttentionBottleneck",
    "CoAttention",
    "Concat",
    "CrossModalTransformer",
    "FeaturePooling",
    "FusionOperator",
    "Gated",
    "Graph",
    "LateAverage",
    "LateWeighted",
    "Memory",
    "MemoryFusion",
    "ModalityDropout",
    "Perceiver",
    "PresenceColumns",
    "SequenceFusion",
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
