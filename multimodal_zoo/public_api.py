"""The public names. `import multimodal_zoo as mz` gives them as `mz.NAME`, imported at the first use of one."""

from multimodal_zoo.datasets import dataset_card, fetch_dataset, list_datasets, load_dataset
from multimodal_zoo.explain import (
    attention_maps,
    explain_record,
    explanation_page,
    grad_cam,
    integrated_gradients,
    modality_shapley,
)
from multimodal_zoo.export import check_artefact, export_bundle, export_trunk
from multimodal_zoo.fusion import fuse, list_fusions
from multimodal_zoo.modalities import (
    Audio,
    Categorical,
    IdSequence,
    Image,
    MultiCategorical,
    Numeric,
    Points,
    Series,
    Text,
    Video,
)
from multimodal_zoo.models import audio_visual_fusion, deepfm, lstnet_diagnosis
from multimodal_zoo.registry import (
    ModelCard,
    builder_arguments,
    create_model,
    list_models,
    model_card,
    register_model,
)
from multimodal_zoo.shards import load_shards, read_tables, write_shards
from multimodal_zoo.training import (
    Bundle,
    BundleError,
    distil,
    evaluate,
    fit,
    load_bundle,
    predict_record,
    save_bundle,
    train_named,
)
from multimodal_zoo.unknown_name import UnknownName

__all__ = [
    "Audio",
    "Bundle",
    "BundleError",
    "Categorical",
    "IdSequence",
    "Image",
    "ModelCard",
    "MultiCategorical",
    "Numeric",
    "Points",
    "Series",
    "Text",
    "UnknownName",
    "Video",
    "attention_maps",
    "audio_visual_fusion",
    "builder_arguments",
    "check_artefact",
    "create_model",
    "dataset_card",
    "deepfm",
    "distil",
    "evaluate",
    "explain_record",
    "explanation_page",
    "export_bundle",
    "export_trunk",
    "fetch_dataset",
    "fit",
    "fuse",
    "grad_cam",
    "integrated_gradients",
    "list_datasets",
    "list_fusions",
    "list_models",
    "load_bundle",
    "load_dataset",
    "load_shards",
    "lstnet_diagnosis",
    "modality_shapley",
    "model_card",
    "predict_record",
    "read_tables",
    "register_model",
    "save_bundle",
    "train_named",
    "write_shards",
]
