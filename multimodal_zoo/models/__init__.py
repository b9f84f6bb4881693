"""Named architectures, one file each."""

from multimodal_zoo.models.audio_visual_fusion import audio_visual_fusion
from multimodal_zoo.models.co_attention_vqa import co_attention_vqa
from multimodal_zoo.models.deepfm import deepfm
from multimodal_zoo.models.lstnet_diagnosis import lstnet_diagnosis
from multimodal_zoo.models.stacked_attention_vqa import stacked_attention_vqa

__all__ = ["audio_visual_fusion", "co_attention_vqa", "deepfm", "lstnet_diagnosis", "stacked_attention_vqa"]
