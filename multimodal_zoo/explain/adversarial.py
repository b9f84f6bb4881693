"""The worst small change of an input: FGSM and PGD on one modality at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.explain.target_figure import require_explained
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.attack_ball import Ball
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import Prepared

Slope = Callable[[dict[str, tf.Tensor], tf.Tensor], tf.Tensor]


class Unattackable(ValueError):
    """A modality without small changes that change the answer: ids, or what a layer rounds."""


def fgsm(bundle: Bundle, prepared: Prepared, modality: str, epsilon: float, batch_size: int = 64) -> Prepared:
    """One step of size epsilon along the sign of the loss's gradient, x + epsilon sign(dL / dx).

    Args:
        bundle: trained network for classification, multi_label, ranking or regression.
        prepared: decoded records with their labels, `training.pipeline.prepare(records, bundle.modalities)`.
        modality: which of the network's inputs is changed; one of numbers, not of ids.
        epsilon: most that a number of the tensor changes, in its unit: of an image a share of white (8/255 is usual),
            of numbers, series and points standard deviations of the training split, of spectrograms standard
            deviations of the clip.
        batch_size: records at a time; makes no difference to the answer.

    Returns:
        The records with the changed modality. Images stay within 0..1; masks, and absent modalities, stay as they are.

    Raises:
        ValueError: the modality is one of ids or none of the network's, epsilon is negative, or the task has no loss of
            figures.

    Example:
        >>> attacked = fgsm(bundle, prepare(data.split("test"), bundle.modalities), "image", 8 / 255)

    Reference: Goodfellow et al. 2014, arXiv:1412.6572, section 4.
    """
    return pgd(
        bundle, prepared, modality, epsilon, steps=1, step_size=epsilon, from_random=False, batch_size=batch_size
    )


def pgd(
    bundle: Bundle,
    prepared: Prepared,
    modality: str,
    epsilon: float,
    *,
    steps: int = 10,
    step_size: float | None = None,
    from_random: bool = True,
    seed: int = 0,
    batch_size: int = 64,
) -> Prepared:
    """Steps along the sign of the loss's gradient, after each of them back into the ball of epsilon around the record.

    Args:
        bundle, prepared, modality, epsilon, batch_size: as `fgsm`.
        steps: how many, at least 1.
        step_size: of each; None takes 2.5 epsilon / steps, with which the edge of the ball is reached from anywhere.
        from_random: start anywhere in the ball, not at the record.
        seed: of that start.

    Returns, raises: as `fgsm`.

    Example:
        >>> attacked = pgd(bundle, prepared, "image", 8 / 255, steps=20)

    Reference: Madry et al. 2017, arXiv:1706.06083, section 2.1, in the maximum norm.
    """
    require_attackable(bundle, modality, epsilon, steps)
    size = 2.5 * epsilon / steps if step_size is None else step_size
    content, labels = prepared.content[modality], prepared.labels
    random = np.random.default_rng(seed)
    start = random.uniform(-epsilon, epsilon, content.shape).astype("float32") if from_random else None
    inputs = prepared.inputs(bundle.has_presence)
    presence = prepared.presence[:, list(bundle.modalities).index(modality)]
    slope = loss_slope(bundle.model, bundle.card.task, modality)
    attacked = []
    for first in range(0, len(prepared), batch_size):
        rows = slice(first, first + batch_size)
        batch = {name: tensor[rows] for name, tensor in inputs.items()}
        ball = Ball(bundle.modalities[modality], content[rows], presence[rows], epsilon)
        changed = ball.nearest(content[rows] if start is None else content[rows] + start[rows])
        for _ in range(steps):
            uphill = tf.sign(slope({**batch, modality: changed}, labels[rows]))
            changed = ball.nearest(changed + size * uphill)
        attacked.append(changed)
    return Prepared(
        {**prepared.content, modality: tf.concat(attacked, 0)}, prepared.presence, labels, prepared.undecodable
    )


@functools.lru_cache(maxsize=1)
def loss_slope(model: keras.Model, task: str, modality: str) -> Slope:
    """The gradient of the sum of the records' losses by one input, as a function of (inputs, labels).

    It is traced once for all steps, strengths and batches; that of the last network asked for is kept.
    """

    @tf.function(reduce_retracing=True)
    def slope(inputs: dict[str, tf.Tensor], labels: tf.Tensor) -> tf.Tensor:
        changed = inputs[modality]
        with tf.GradientTape() as tape:
            tape.watch(changed)
            losses = losses_of(model, task, inputs, labels)
        found = tape.gradient(losses, changed)
        if found is None:
            raise Unattackable(
                f"{modality!r} has no way to the answer that can be differentiated: there is no slope to climb."
            )
        return found

    return slope


def losses_of(model: keras.Model, task: str, inputs: dict[str, tf.Tensor], labels: tf.Tensor) -> tf.Tensor:
    """The loss of a task for each record, `(records,)`."""
    loss = keras.losses.get(task_named(task).loss)
    predictions = model(inputs, training=False)
    # A column of labels beside a column of answers, but class numbers as they are.
    if task in ("ranking", "regression") and len(labels.shape) == 1:
        labels = labels[:, None]
    return loss(labels, predictions)


def require_attackable(bundle: Bundle, modality: str, epsilon: float, steps: int) -> None:
    """Raise ValueError for what has no small changes."""
    require_explained(bundle.card)
    if modality not in bundle.modalities:
        raise ValueError(f"Unknown modality {modality!r}. The bundle reads: {', '.join(bundle.modalities)}.")
    if bundle.modalities[modality].dtype != "float32":
        raise Unattackable(f"{modality!r} holds ids, which have no small changes: attack a modality of numbers.")
    if not epsilon >= 0 or steps < 1:
        raise ValueError(f"epsilon is 0 or more and steps 1 or more; got epsilon={epsilon!r}, steps={steps!r}.")
