"""What a user liked, in order -> whether this item is next."""

from __future__ import annotations

import keras

from multimodal_zoo.encoders import self_attentive_history
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import sum_head
from multimodal_zoo.modalities import Categorical, IdSequence
from multimodal_zoo.models.history import require_one_vocabulary
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, register_model


@register_model(ModelCard(task="ranking", paper="arXiv:1808.09781"))
def sasrec(
    item: Categorical = Categorical(2000),
    history: IdSequence = IdSequence(2000, 50, ids_of="item"),
    *,
    embedding_dim: int = 32,
    blocks: int = 2,
    heads: int = 1,
    fusion: str = "bi_interaction",
    dropout: float = 0.2,
    missing_modalities: bool = False,
    modality_dropout: float = 0.0,
) -> keras.Model:
    """How well an item follows a history: causal self-attention over the history, inner product with the item.

    Item and history share one table of vectors. The state at the newest step of the history, and the item's vector,
    are multiplied entry by entry to the fused representation, whose sum is the logit. Of an empty history the state
    is zeros, and every item scores the same. The vector of the user's state is the layer `user_vector`, that of the
    item the layer `item_vector`: a user's best items are those with the largest inner products.

    Args:
        item: the candidate.
        history: what the user liked before, oldest first; its ids have to be those of `item`.
        embedding_dim: width of the vectors.
        blocks: self-attention blocks.
        heads: attention heads; they have to divide `embedding_dim`.
        fusion: what joins state and item, any of `list_fusions()`; the paper's inner product is "bi_interaction".
        dropout: share dropped of the vectors, the attention weights and what each part adds, in [0, 1).
        missing_modalities: add the input `presence`; item or history may then be absent.
        modality_dropout: share of training records in which one of the two is taken away, in [0, 1).

    Returns:
        `keras.Model` from item and history (and `presence`) to `(batch, 1)` probabilities.

    Raises:
        UnknownFusion: no such operator.
        ValueError: item or history is missing, their ids differ, or the heads do not divide the width.

    Example:
        >>> model = sasrec(Categorical(2000), IdSequence(2000, 50, ids_of="item"), embedding_dim=64)

    Reference: Kang and McAuley 2018, arXiv:1808.09781, section 3. It is trained there on every step of a history at
        once; here a record is one candidate and what came before it, and the logit has a bias.
    """
    require_one_vocabulary("sasrec", item, history)
    inputs = model_inputs(item=item, history=history, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)

    embed = WordEmbedding(item.vocabulary_size, embedding_dim, name="item_embedding")
    candidate = keras.layers.Flatten(name="item_vector")(embed(seen["item"]))
    state = self_attentive_history(embedding_dim, heads, blocks, dropout)(seen["history"], embed)
    state = keras.layers.Identity(name="user_vector")(state)

    joint = fuse(fusion, embedding_dim)({"item": candidate, "history": state}, presence)

    clicks = sum_head()([joint])
    return keras.Model(inputs, clicks, name="sasrec")
