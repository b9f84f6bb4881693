"""What a raw input is: one file per kind, each with the one implementation of raw -> tensor."""

from multimodal_zoo.modalities.audio import Audio, wav_bytes
from multimodal_zoo.modalities.categorical import Categorical
from multimodal_zoo.modalities.examples import EXAMPLES, dense_raw, features_of, parse_examples, to_example
from multimodal_zoo.modalities.hub_handle import hub_handle
from multimodal_zoo.modalities.id_sequence import IdSequence
from multimodal_zoo.modalities.image import Image
from multimodal_zoo.modalities.modality import Decoded, Modality
from multimodal_zoo.modalities.multi_categorical import MultiCategorical
from multimodal_zoo.modalities.numeric import Numeric
from multimodal_zoo.modalities.picture_bytes import png_of
from multimodal_zoo.modalities.points import Points
from multimodal_zoo.modalities.raw_to_tensors import (
    Tensors,
    batch_records,
    encode_record,
    of_fixed_shape,
    raw_to_tensors,
    stack_raw,
)
from multimodal_zoo.modalities.series import Series
from multimodal_zoo.modalities.text import Text
from multimodal_zoo.modalities.video import Video

__all__ = [
    "EXAMPLES",
    "Audio",
    "Categorical",
    "Decoded",
    "IdSequence",
    "Image",
    "Modality",
    "MultiCategorical",
    "Numeric",
    "Points",
    "Series",
    "Tensors",
    "Text",
    "Video",
    "batch_records",
    "dense_raw",
    "encode_record",
    "features_of",
    "hub_handle",
    "of_fixed_shape",
    "parse_examples",
    "png_of",
    "raw_to_tensors",
    "stack_raw",
    "to_example",
    "wav_bytes",
]
