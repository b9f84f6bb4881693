"""Freeze a trained network into an artefact that serves raw records."""

from multimodal_zoo.export.examples import to_example
from multimodal_zoo.export.saved_model import SIGNATURES, export_bundle

__all__ = ["SIGNATURES", "export_bundle", "to_example"]
