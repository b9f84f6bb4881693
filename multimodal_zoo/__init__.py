"""A zoo of named multimodal networks for TensorFlow and Keras 3.

import multimodal_zoo as mz

mz.list_models("*diagnosis*")
model = mz.create_model("lstnet_diagnosis", num_classes=2, missing_modalities=True)

The names stand in `public_api` and are imported when one is first used: the command line, too, begins with this
file, and its `--help` need not wait for TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multimodal_zoo.public_api import *  # noqa: F403

from multimodal_zoo.onednn import choose_onednn

__version__ = "0.1.0"

# Before anything here imports TensorFlow, which reads it once.
ONEDNN = choose_onednn()


# A type checker would take any name for one that is there.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.public_api"), name)


def __dir__() -> list[str]:
    return [*importlib.import_module(f"{__name__}.public_api").__all__, "__version__"]
