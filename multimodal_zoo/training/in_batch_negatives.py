"""Teach a network of two vectors by the items of the batch: the other rows' items are what each user did not choose."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from multimodal_zoo.objectives import InBatchSoftmax, SamplingFrequency, log_q_correction
from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.training.streamed import Streamed, in_memory
from multimodal_zoo.training.way_of_learning import WayOfLearning

USER, ITEM = "user_vector", "item_vector"
# The one fusion that makes the network's score the product of the two vectors.
INNER_PRODUCT = "bi_interaction"


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class InBatchScores(keras.Layer):
    """Inner products of every user of the batch with every item, less the log of how often the item is drawn.

    Called with user vectors `(batch, dim)`, item vectors `(batch, dim)` and the items' numbers `(batch, 1)`, returns
    scores `(batch, batch)` in float32, rows of users. How often an item is drawn is learned while training.

    Args:
        items: how many numbers of items there are, 1 or more.
        **kwargs: arguments of `keras.Layer`.

    Reference: Yi et al. 2019, Sampling-bias-corrected neural modeling for large corpus item recommendations, RecSys,
        section 3.
    """

    def __init__(self, items: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.items = items
        self.frequency = SamplingFrequency(buckets=items, name="frequency")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "items": self.items}

    def build(self, users_shape: Any, items_shape: Any, numbers_shape: Any) -> None:
        self.frequency.build(numbers_shape)

    def call(self, users: Any, items: Any, numbers: Any, training: bool | None = None) -> Any:
        users, items = (ops.cast(one, "float32") for one in (users, items))
        scores = ops.matmul(users, ops.transpose(items))
        return log_q_correction(scores, self.frequency(numbers, training=training))

    def compute_output_spec(self, users: Any, items: Any, numbers: Any, training: bool | None = None) -> Any:
        return keras.KerasTensor((users.shape[0], items.shape[0]), dtype="float32")


def in_batch_network(model: keras.Model, item: str) -> keras.Model:
    """The same network, of the same weights, that answers how well every user of a batch fits every item of it.

    Args:
        model: network for ranking with the layers `user_vector` and `item_vector`, whose inner product is its score:
            `two_tower` or `sasrec` with the fusion "bi_interaction".
        item: the modality whose id says which item a row is about.

    Returns:
        `keras.Model` from the inputs of the network to `(batch, batch)` scores, for `objectives.InBatchSoftmax`.

    Raises:
        ValueError: the network has no two vectors or another fusion, or `item` is no id that it reads.

    Example:
        >>> network = in_batch_network(create_model("sasrec"), "item")
    """
    names = {layer.name for layer in model.layers}
    fusion = model.builder_arguments.get("fusion")
    if not {USER, ITEM} <= names or fusion != INNER_PRODUCT:
        raise ValueError(
            f"In-batch negatives are for networks whose score is the inner product of the layers {USER} and {ITEM}, as "
            f"two_tower and sasrec with fusion={INNER_PRODUCT!r}; {model.name} has fusion={fusion!r}."
        )
    modality = model.modalities.get(item)
    if modality is None or modality.kind != "categorical":
        ids = [name for name, one in model.modalities.items() if one.kind == "categorical"]
        raise ValueError(
            f"in_batch_negatives={item!r} has to be the modality whose id names the item; {model.name} reads the ids "
            f"{', '.join(ids) or '(none)'}."
        )
    users, items = (model.get_layer(name).output for name in (USER, ITEM))
    scores = InBatchScores(modality.vocabulary_size, name="in_batch_scores")(users, items, model.input[item])
    return keras.Model(model.input, scores, name=f"{model.name}_in_batch")


def chosen_items(prepared: Prepared, item: str) -> Prepared:
    """The records whose label is 1, labelled by the number of their item; what was drawn beside them is not needed.

    Raises:
        ValueError: no record has the label 1.
    """
    rows = tf.where(tf.reshape(prepared.labels, [len(prepared), -1])[:, 0] > 0.5)[:, 0]
    if not len(rows):
        raise ValueError("in_batch_negatives needs records with the label 1: what was chosen. The split has none.")
    content = {name: tf.gather(tensor, rows) for name, tensor in prepared.content.items()}
    labels = tf.reshape(content[item], [-1])
    return Prepared(content, tf.gather(prepared.presence, rows), labels, prepared.undecodable)


class InBatch(WayOfLearning):
    """Learns by a softmax over the items of the batch.

    Args:
        model: see `in_batch_network`.
        item: the modality that names the item.

    Raises:
        ValueError: the network has no two vectors, or reads no such id.
    """

    def __init__(self, model: keras.Model, item: str) -> None:
        # Says what is wrong before the data are read.
        in_batch_network(model, item)
        self.item = item

    def splits(self, train: Prepared | Streamed, validation: Prepared) -> tuple[Prepared, Prepared]:
        return chosen_items(in_memory(train), self.item), chosen_items(validation, self.item)

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        with scope_of(model):
            learner = in_batch_network(model, self.item)
            learner.compile(model.optimizer, InBatchSoftmax())
        return learner
