"""User, item and what the user liked before -> click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from multimodal_zoo.encoders import dense_layers, field_embeddings, target_attention
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import ranking_head
from multimodal_zoo.modalities import Categorical, IdSequence, Modality, Numeric
from multimodal_zoo.models.history import require_one_vocabulary
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model

FIELDS: dict[str, Modality] = {"user": Categorical(1000), "age": Numeric(1)}


@register_model(ModelCard(task="ranking", paper="arXiv:1706.06978"))
def din(
    item: Categorical = Categorical(2000),
    history: IdSequence = IdSequence(2000, 50, ids_of="item"),
    fields: Mapping[str, Modality] = FIELDS,
    *,
    embedding_dim: int = 16,
    attention_units: Sequence[int] = (36,),
    hidden: Sequence[int] = (80, 40),
    activation: str = "dice",
    embedding_l2: float = 0.0,
    fusion: str = "concat",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """Click probability from what of the user's history matters to this very item (Deep Interest Network).

    Item and history share one table of vectors. Each step of the history is weighted by an activation unit that looks
    at it and at the item; their sum is the user's interest in this item. An empty history is the zero vector.

    Args:
        item: the candidate.
        history: what the user liked before, oldest first; its ids have to be those of `item`.
        fields: other ids, sets of ids, numbers and texts, by name.
        embedding_dim: width of each field's vector.
        attention_units: hidden units of the activation unit.
        hidden: units of the MLP; the first layer is the fused representation.
        activation: of the MLP behind the fused representation, "dice" or a Keras activation.
        embedding_l2: L2 penalty on the embeddings. It touches every row of the tables in each step.
        fusion: what joins the field vectors at the bottom of the MLP, any of `list_fusions()`; the paper has "concat".
        dropout: share dropped after each layer of the MLP, in [0, 1).
        missing_modalities: add the input `presence`; a field, the history too, may then be absent.
        modality_dropout: share of training records in which a field is taken away, in [0, 1).

    Returns:
        `keras.Model` from item, history and fields by name (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: item or history is missing, or their ids differ.

    Example:
        >>> model = din(Categorical(2000), IdSequence(2000, 20, ids_of="item"), {"user": Categorical(1000)})

    Reference: Zhou et al. 2018, arXiv:1706.06978, section 4, figure 2 (right). The first layer of the MLP is the
        fusion operator with its own activation.
    """
    require_one_vocabulary("din", item, history)
    inputs = model_inputs(item=item, history=history, **fields, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    penalty = keras.regularizers.L2(embedding_l2) if embedding_l2 else None
    embed = WordEmbedding(item.vocabulary_size, embedding_dim, embeddings_regularizer=penalty, name="item_embedding")
    candidate = keras.layers.Flatten(name="candidate")(embed(seen["item"]))
    interest = target_attention(attention_units)(candidate, embed(seen["history"]), seen["history"])
    profile = field_embeddings(fields, embedding_dim, l2=embedding_l2)(seen) if fields else {}

    joint = fuse(fusion, hidden[0])({"item": candidate, "history": interest, **profile}, presence)
    deep = dense_layers(hidden[1:], dropout, activation, first=2)(joint)

    clicks = ranking_head(dropout)(deep)
    return keras.Model(inputs, clicks, name="din")
