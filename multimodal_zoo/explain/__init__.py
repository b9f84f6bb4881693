"""Look into a trained network: what an answer is made of, and how far it can be trusted."""

from multimodal_zoo.explain.attention_maps import attention_maps
from multimodal_zoo.explain.grad_cam import ClassActivationMap, grad_cam
from multimodal_zoo.explain.integrated_gradients import Attributions, integrated_gradients

__all__ = ["Attributions", "ClassActivationMap", "attention_maps", "grad_cam", "integrated_gradients"]
