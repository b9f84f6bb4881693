"""The packages of the extra `demo`."""

from __future__ import annotations

from importlib.util import find_spec

# Distribution by module.
PACKAGES = {
    "fastapi": "fastapi",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
    "python_multipart": "python-multipart",
}


def require_extra() -> None:
    """Raise ImportError, naming the extra, where one of its packages is missing."""
    missing = [distribution for module, distribution in PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise ImportError(f"The demo needs {', '.join(missing)}: pip install 'multimodal-zoo[demo]'.")
