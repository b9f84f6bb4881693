"""What `--data` names: a data set, or a folder of shards."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def data_of(name: str) -> Any:
    """The data set of this name, or the shards in this folder."""
    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.shards import load_shards
    from multimodal_zoo.shards.shard_index import INDEX

    return load_shards(name) if (Path(name) / INDEX).is_file() else load_dataset(name)
