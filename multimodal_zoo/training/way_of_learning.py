"""What differs between the ways to train a network; `chosen_way` says which there are."""

from __future__ import annotations

from typing import NamedTuple

import keras
import tensorflow as tf

from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.streamed import Streamed


class Course(NamedTuple):
    """The steps of a training: how many an epoch has, how many epochs there are, and the number of the first."""

    steps: int
    epochs: int
    first_step: int
    seed: int


class WayOfLearning:
    """The plain way: the network itself learns from the labels. Other ways say what they do otherwise."""

    def splits(self, train: Prepared | Streamed, validation: Prepared) -> tuple[Prepared | Streamed, Prepared]:
        """What is learned from and what it is judged by."""
        return train, validation

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        """What is fitted, compiled: it has the weights of the compiled network `model`."""
        return model

    def monitor(self, name: str) -> str:
        """The name that Keras gives to the value `name` of the network."""
        return name

    def batches(
        self, training: tf.data.Dataset, validation: tf.data.Dataset, model: keras.Model, course: Course
    ) -> tuple[tf.data.Dataset, tf.data.Dataset]:
        """Batches for the learner, out of those for the network."""
        return training, validation
