"""Named architectures, one file each."""

from multimodal_zoo.models.audio_visual_fusion import audio_visual_fusion
from multimodal_zoo.models.deepfm import deepfm
from multimodal_zoo.models.lstnet_diagnosis import lstnet_diagnosis

__all__ = ["audio_visual_fusion", "deepfm", "lstnet_diagnosis"]
