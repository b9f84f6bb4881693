"""Sound and picture, or video -> class, by a graph of segments and regions or frames."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from multimodal_zoo.encoders import SplitMask, image_cnn, image_regions, log_mel_cnn
from multimodal_zoo.encoders.deep_sets import PointMask
from multimodal_zoo.encoders.frames import encode_each
from multimodal_zoo.encoders.transformer import AddPositions
from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Audio, Image, Video
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.models.steps import fuse_steps
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="classification", paper="arXiv:2107.06779, arXiv:1710.10903"))
def audio_visual_graph(
    audio: Audio | None = Audio(sample_rate=8000, seconds=1.0),
    image: Image | None = Image(28, 28, 1),
    video: Video | None = None,
    *,
    num_classes: int = 10,
    audio_filters: Sequence[int] = (48, 64, 64),
    image_filters: Sequence[int] = (16, 32, 64),
    fusion: str = "graph",
    layers: int = 2,
    heads: int = 4,
    reach: int | None = None,
    joint_dim: int = 64,
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Class from a sound and a picture or a video, by attention along the edges of a graph of their parts.

    The nodes are segments of the sound, regions of the picture, and frames of the video, each with a learned vector of
    its place. Edges join the nodes of a modality that are near each other, and every node with all those of the other
    modalities: a segment asks the regions what they show. The mean over the nodes is the joint representation.

    Args:
        audio, image, video: the modalities; None leaves one out. The audio has to come as a log-mel spectrogram.
        num_classes: classes.
        audio_filters: of the convolutions over time; each halves the segments.
        image_filters: of the 3x3 convolutions over a picture or a frame; each halves rows and columns of the regions.
        fusion: any of `list_fusions()`; one over vectors joins the last states of LSTMs over the nodes.
        layers, heads: of graph attention.
        reach: how many places apart two nodes of a modality may be and still be joined; 0 joins none, None all.
        joint_dim: width of the nodes and of the fused representation.
        dropout: share dropped of the nodes and of the joint representation, in [0, 1).
        missing_modalities: add the input `presence`; a modality may then be absent.
        modality_dropout: share of training records in which a modality is taken away, in [0, 1).

    Returns:
        `keras.Model` from `{"audio", "image", "video"}` (and `presence`), those that are not None, to
        `(batch, num_classes)` probabilities.

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> model = audio_visual_graph(Audio(8000, 1.5), None, Video(6, 24, 32, 1), num_classes=4)

    Reference: Hu et al. 2021, arXiv:2107.06779 (MMGCN), section 3.3, whose edges across modalities join the same
        utterance, with the similarity of two nodes as their weight. The parts of a sound and of a picture are not
        aligned: here all are joined, and attention weighs the edges: Velickovic et al. 2018, arXiv:1710.10903.
    """
    inputs = model_inputs(audio=audio, image=image, video=video, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    parts, masks = {}, {}
    if audio is not None:
        parts["audio"] = log_mel_cnn(audio_filters, return_sequence=True, name="audio")(seen["audio"])
    if image is not None:
        parts["image"] = image_regions(image_filters, name="image")(seen["image"])
    if video is not None:
        frames, masks["video"] = SplitMask(name="video_split")(seen["video"])
        parts["video"] = encode_each(image_cnn(image_filters, name="video"), frames)

    nodes, there = {}, {}
    most = max(part.shape[1] for part in parts.values())
    for name, part in parts.items():
        placed = AddPositions("learned", name=f"{name}_places")(part)
        known, mask = PointMask(name=f"{name}_nodes")(placed, masks.get(name))
        dropped = keras.layers.Dropout(dropout, name=f"{name}_dropout")(known)
        # As many of each, so that operators can be named that go through all modalities place by place.
        behind = (0, most - part.shape[1])
        nodes[name] = ops.pad(dropped, ((0, 0), behind, (0, 0)))
        there[name] = ops.pad(mask, ((0, 0), behind))
    graph = {"layers": layers, "heads": heads, "reach": most if reach is None else reach}
    joint = fuse_steps(fusion, joint_dim, nodes, there, presence, units=joint_dim, **graph)
    probabilities = classification_head(num_classes, dropout=dropout)(joint)
    return keras.Model(inputs, probabilities, name="audio_visual_graph")
