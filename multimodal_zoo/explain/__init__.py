"""Look into a trained network: what an answer is made of, and how far it can be trusted."""

from multimodal_zoo.explain.attention_maps import attention_maps
from multimodal_zoo.explain.calibration import calibrate, calibrated
from multimodal_zoo.explain.explain_record import Explanation, explain_record
from multimodal_zoo.explain.explanation_page import explanation_page
from multimodal_zoo.explain.grad_cam import ClassActivationMap, grad_cam
from multimodal_zoo.explain.integrated_gradients import Attributions, integrated_gradients
from multimodal_zoo.explain.modality_shapley import ModalityShares, modality_shapley
from multimodal_zoo.explain.reliability import ReliabilityBin, calibration_error, reliability_table
from multimodal_zoo.explain.temperature import at_temperature, fit_temperature

__all__ = [
    "Attributions",
    "ClassActivationMap",
    "Explanation",
    "ModalityShares",
    "ReliabilityBin",
    "at_temperature",
    "attention_maps",
    "calibrate",
    "calibrated",
    "calibration_error",
    "explain_record",
    "explanation_page",
    "fit_temperature",
    "grad_cam",
    "integrated_gradients",
    "modality_shapley",
    "reliability_table",
]
