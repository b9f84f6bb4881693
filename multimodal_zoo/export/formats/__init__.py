"""The network of a bundle in other formats: tensors in, prediction out, each checked on real records."""

from multimodal_zoo.export.formats.export_trunk import export_trunk
from multimodal_zoo.export.formats.format_error import AccuracyLost, FormatError
from multimodal_zoo.export.formats.known_formats import FORMATS

__all__ = ["FORMATS", "AccuracyLost", "FormatError", "export_trunk"]
