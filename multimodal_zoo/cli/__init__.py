"""The `multimodal-zoo` command: it parses, calls the library and prints. One file a command."""

from multimodal_zoo.cli.program import DONE, FAILED, INTERRUPTED, WRONG_USAGE, main

__all__ = ["DONE", "FAILED", "INTERRUPTED", "WRONG_USAGE", "main"]
