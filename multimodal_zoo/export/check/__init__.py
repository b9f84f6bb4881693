"""The gate: whether an exported model may be served. One file a check."""

from multimodal_zoo.export.check.artefact import NothingToCheckError, check_artefact
from multimodal_zoo.export.check.report import Check, CheckReport, Outcome

__all__ = ["Check", "CheckReport", "NothingToCheckError", "Outcome", "check_artefact"]
