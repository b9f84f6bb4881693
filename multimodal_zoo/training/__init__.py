"""Fit models on raw records and keep what came of it."""

from multimodal_zoo.training.adversarial import Adversary
from multimodal_zoo.training.adversarial_examples import AdversarialExamples
from multimodal_zoo.training.blending_weights import blending_weights
from multimodal_zoo.training.bundle import Bundle, BundleError, bundle_modalities, load_bundle, save_bundle
from multimodal_zoo.training.data_service import DataService, start_data_service
from multimodal_zoo.training.distil import distil
from multimodal_zoo.training.distillation_loss import DistillationLoss
from multimodal_zoo.training.ensemble import ensemble_of
from multimodal_zoo.training.episodes import Episode, draw_episode
from multimodal_zoo.training.evaluate import evaluate, predictions_on
from multimodal_zoo.training.fit import fit
from multimodal_zoo.training.freeze_until import freeze_until
from multimodal_zoo.training.pipeline import raw_records
from multimodal_zoo.training.predict import UndecodableInput, predict_record
from multimodal_zoo.training.private import Privacy, accounted_epsilon, fit_private
from multimodal_zoo.training.prototypes import few_shot_accuracy, fit_prototypes, prototype_logits
from multimodal_zoo.training.prune import start_from_strongest
from multimodal_zoo.training.reptile import adapt_to_task, reptile
from multimodal_zoo.training.scaled_learning_rate import scaled_learning_rate
from multimodal_zoo.training.solve_highway import solve_highway
from multimodal_zoo.training.table_parts.sharded_tables import sharded_tables
from multimodal_zoo.training.teacher_forcing import taught_network, with_words_before
from multimodal_zoo.training.train_named import build_for, match_data, train_named
from multimodal_zoo.training.tuning import Between, Choices, Tuned, default_space, tune
from multimodal_zoo.training.warm_start import warm_start

__all__ = [
    "AdversarialExamples",
    "Adversary",
    "Between",
    "Bundle",
    "BundleError",
    "Choices",
    "DataService",
    "DistillationLoss",
    "Episode",
    "Tuned",
    "Privacy",
    "UndecodableInput",
    "accounted_epsilon",
    "adapt_to_task",
    "blending_weights",
    "build_for",
    "bundle_modalities",
    "default_space",
    "distil",
    "draw_episode",
    "ensemble_of",
    "evaluate",
    "few_shot_accuracy",
    "fit",
    "fit_private",
    "fit_prototypes",
    "freeze_until",
    "load_bundle",
    "match_data",
    "predict_record",
    "predictions_on",
    "prototype_logits",
    "raw_records",
    "reptile",
    "save_bundle",
    "scaled_learning_rate",
    "sharded_tables",
    "solve_highway",
    "start_data_service",
    "start_from_strongest",
    "taught_network",
    "train_named",
    "tune",
    "warm_start",
    "with_words_before",
]
