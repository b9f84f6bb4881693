"""Look into a trained network: what an answer is made of, and how far it can be trusted."""

from multimodal_zoo.explain.adversarial import fgsm, pgd
from multimodal_zoo.explain.attack_curves import AttackCurves, attack_curves
from multimodal_zoo.explain.attention_maps import attention_maps
from multimodal_zoo.explain.calibration import calibrate, calibrated, judge_calibration
from multimodal_zoo.explain.deidentify import Deidentified, deidentify
from multimodal_zoo.explain.explain_record import Explanation, explain_record
from multimodal_zoo.explain.explanation_page import explanation_page
from multimodal_zoo.explain.grad_cam import ClassActivationMap, grad_cam
from multimodal_zoo.explain.integrated_gradients import Attributions, integrated_gradients
from multimodal_zoo.explain.modality_shapley import ModalityShares, modality_shapley
from multimodal_zoo.explain.reliability import ReliabilityBin, calibration_error, reliability_table
from multimodal_zoo.explain.robustness import (
    NoiseCurve,
    RobustnessReport,
    area_under,
    effective_robustness,
    robustness_report,
)
from multimodal_zoo.explain.robustness_page import robustness_page
from multimodal_zoo.explain.temperature import at_temperature, fit_temperature

__all__ = [
    "AttackCurves",
    "Attributions",
    "ClassActivationMap",
    "Deidentified",
    "Explanation",
    "ModalityShares",
    "NoiseCurve",
    "ReliabilityBin",
    "RobustnessReport",
    "area_under",
    "at_temperature",
    "attack_curves",
    "attention_maps",
    "calibrate",
    "calibrated",
    "calibration_error",
    "deidentify",
    "effective_robustness",
    "explain_record",
    "explanation_page",
    "fgsm",
    "fit_temperature",
    "grad_cam",
    "integrated_gradients",
    "judge_calibration",
    "modality_shapley",
    "pgd",
    "reliability_table",
    "robustness_page",
    "robustness_report",
]
