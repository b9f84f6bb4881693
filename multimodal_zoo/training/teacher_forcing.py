"""Teach a network that writes captions: the words before each place are given, or at times are its own."""

from __future__ import annotations

import keras
import tensorflow as tf

from multimodal_zoo.heads.caption_decoder import decoder_of
from multimodal_zoo.training.pipeline import as_it_stands
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.training.way_of_learning import Course, WayOfLearning

WORDS, OWN = "words_before", "own_words"


def taught_network(model: keras.Model) -> keras.Model:
    """The same network, of the same weights, with the words before each place as further inputs.

    Its inputs are those of the network, `words_before` `(batch, captions, length)`, and `own_words` of the same shape,
    1 where it goes on from the word that it says itself; its answer is `(batch, captions, length, words)`. An image is
    looked at once for all its captions.

    Args:
        model: network of the task "captioning".

    Example:
        >>> taught = taught_network(create_model("image_captioner"))
    """
    look, decoder = decoder_of(model)
    before, own = (keras.Input((None, decoder.length), dtype="int32", name=name) for name in (WORDS, OWN))
    probabilities = decoder(*look.output, words=before, own=own)
    return keras.Model({**model.input, WORDS: before, OWN: own}, probabilities, name=f"{model.name}_taught")


def with_words_before(
    batches: tf.data.Dataset, length: int, own_words: float = 0.0, rising: int = 1, seed: int = 0, first_step: int = 0
) -> tf.data.Dataset:
    """Add to batches of (inputs, captions) what `taught_network` reads beside the inputs.

    Args:
        batches: labels are `(batch, captions, longest)` word numbers.
        length: places of the network's answer.
        own_words: share of places where the network goes on from its own word instead of the one of the caption, in
            [0, 1], once it has risen: the network meets its own faults while there is something to learn from them.
        rising: steps over which the share rises from 0, evenly.
        seed: of the places; they follow from it and the number of the step alone.
        first_step: number of the first batch.

    Raises:
        ValueError: the labels are none, or the share is out of its range.

    Reference: Bengio et al. 2015, arXiv:1506.03099, section 2.4 (linear decay; the own word is the most probable one).
    """
    shape = batches.element_spec[1].shape
    if len(shape) != 3:
        raise ValueError(
            f"Captions are labels (records, captions, longest), word numbers filled up with 0; got labels of the shape "
            f"{tuple(shape[1:])} a record."
        )
    if not 0 <= own_words <= 1:
        raise ValueError(f"own_words is a share, 0 to 1, got {own_words!r}.")

    @as_it_stands
    def add(step: tf.Tensor, batch: tuple) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        inputs, captions = batch
        before = tf.pad(tf.cast(captions, tf.int32), [[0, 0], [0, 0], [1, length]])[:, :, :length]
        share = own_words * tf.minimum(1.0, tf.cast(step, tf.float32) / rising)
        draws = tf.random.stateless_uniform(tf.shape(before), tf.stack([tf.constant(seed, tf.int64), step]))
        return {**inputs, WORDS: before, OWN: tf.cast(draws < share, tf.int32)}, captions

    return batches.enumerate(first_step).map(lambda step, batch: add(step, batch))


class TeacherForcing(WayOfLearning):
    """Learns to write captions, the words before each place given or, at times, its own.

    Args:
        own_words: share of places where they are its own, risen to over half of all steps.
    """

    def __init__(self, own_words: float) -> None:
        self.own_words = own_words

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        with scope_of(model):
            learner = taught_network(model)
            learner.compile(model.optimizer, model.loss)
        return learner

    def batches(
        self, training: tf.data.Dataset, validation: tf.data.Dataset, model: keras.Model, course: Course
    ) -> tuple[tf.data.Dataset, tf.data.Dataset]:
        length, rising = model.output.shape[1], -(-course.steps * course.epochs // 2)
        taught = with_words_before(training, length, self.own_words, rising, course.seed, course.first_step)
        return taught, with_words_before(validation, length)
