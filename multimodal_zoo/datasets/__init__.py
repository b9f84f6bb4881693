"""Named data sets: where from, licence, checksum, pinned splits of raw records."""

from multimodal_zoo.cache_folder import cache_folder

# Importing a data set's file registers it.
from multimodal_zoo.datasets import (  # noqa: F401
    an4,
    cmapss_fd001,
    covid_cxr,
    easy_vqa,
    emoji_tw64,
    flickr8k_1k,
    lstnet_exchange,
    ml_100k,
    mosi,
    spoken_digits,
    synthetic_clicks,
    synthetic_diagnosis,
    synthetic_digits,
    synthetic_drawings,
    synthetic_drive,
    synthetic_interaction,
    synthetic_scene,
)
from multimodal_zoo.datasets.data_set import (
    SPLITS,
    DataSet,
    DataSetCard,
    dataset_card,
    list_datasets,
    register_data_set,
)
from multimodal_zoo.datasets.download import fetch_dataset, load_dataset
from multimodal_zoo.datasets.find import DataDiffers, DataNotFound, find_dataset
from multimodal_zoo.datasets.mosi import VideoSequences, mosi_videos
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.datasets.to_generate import to_generate
from multimodal_zoo.registry import UnknownName

__all__ = [
    "SPLITS",
    "DataDiffers",
    "DataNotFound",
    "DataSet",
    "DataSetCard",
    "Records",
    "UnknownName",
    "VideoSequences",
    "cache_folder",
    "column",
    "dataset_card",
    "fetch_dataset",
    "find_dataset",
    "list_datasets",
    "load_dataset",
    "mosi_videos",
    "register_data_set",
    "to_generate",
]
