"""Where this package keeps what it downloads, converts and compiles."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder that `MULTIMODAL_ZOO_CACHE` names, or `multimodal_zoo` in the user's cache."""
    chosen = os.environ.get("MULTIMODAL_ZOO_CACHE")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "multimodal_zoo"
