"""Training that hardly depends on any one record: differentially private stochastic gradient descent (DP-SGD)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import Prepared


@dataclasses.dataclass(frozen=True)
class Privacy:
    """What a private training does to the gradients, and for how long.

    Args:
        clip: most that the gradient of one record may be long, over all weights; greater than 0.
        noise_multiplier: standard deviation of the noise on the sum of the gradients, in units of `clip`; above 0.
        batch_size: records of a step on average: each is drawn with the probability batch_size / records.
        steps: how many.
        delta: the probability that the guarantee of epsilon fails; well below 1 / records.

    Example:
        >>> Privacy(clip=1.0, noise_multiplier=1.1, batch_size=64, steps=500, delta=1e-5)
    """

    clip: float
    noise_multiplier: float
    batch_size: int
    steps: int
    delta: float

    def __post_init__(self) -> None:
        positive = min(self.clip, self.noise_multiplier) > 0 and min(self.batch_size, self.steps) >= 1
        if not positive or not 0 < self.delta < 1:
            raise ValueError(
                "Privacy: clip and noise_multiplier are greater than 0, batch_size and steps 1 or more, delta between "
                f"0 and 1; got {self}."
            )


def accounted_epsilon(privacy: Privacy, records: int) -> float:
    """The epsilon of (epsilon, delta)-differential privacy that a training spends, by Rényi accounting.

    Two data sets count as neighbours if one has one record more; each step draws its records by themselves (Poisson).

    Args:
        privacy: of the training.
        records: of the training split.

    Raises:
        ImportError: the extra `privacy` is not installed.
        ValueError: a batch would hold more than all records.

    Example:
        >>> round(accounted_epsilon(Privacy(1.0, 1.1, 256, 14062, 1e-5), 60000), 1)
        2.6

    Reference: Abadi et al. 2016, arXiv:1607.00133, section 3; Mironov et al. 2019, arXiv:1908.10530 (the Rényi
        divergence of the sampled Gaussian mechanism), as the package dp-accounting computes it.
    """
    try:
        import dp_accounting
        from dp_accounting.rdp import RdpAccountant
    except ImportError:
        raise ImportError(
            "Accounting for privacy needs the extra: pip install 'multimodal-zoo[privacy]' (dp-accounting)."
        ) from None
    if privacy.batch_size > records:
        raise ValueError(f"batch_size={privacy.batch_size} is more than all {records} records.")
    step = dp_accounting.PoissonSampledDpEvent(
        privacy.batch_size / records, dp_accounting.GaussianDpEvent(privacy.noise_multiplier)
    )
    accountant = RdpAccountant().compose(dp_accounting.SelfComposedDpEvent(step, privacy.steps))
    return float(accountant.get_epsilon(privacy.delta))


def fit_private(
    bundle: Bundle, prepared: Prepared, privacy: Privacy, *, learning_rate: float = 0.001, seed: int = 0
) -> Bundle:
    """Train a bundle's network by DP-SGD, from the weights that it has.

    In each step every record is drawn with the same probability, its gradient is shortened to `clip`, noise is added
    to the sum, and Adam moves the weights by the result over the batch size. The network runs as when it answers:
    without dropout, and without counting means and document frequencies, which would tell of the records past the
    noise.

    What is accounted for is this training alone. Not accounted for are what was learned from the same records before:
    weights, vocabularies, means and variances (take them from public records), and any choice of settings by trying.
    The draws are those of a pseudo-random generator, for measurements; for a release of weights it has to be a secret
    one.

    Args:
        bundle: network with fitted modalities; its model is trained in place.
        prepared: decoded training records, `training.pipeline.prepare(records, bundle.modalities)`.
        privacy: clipping, noise and number of steps.
        learning_rate: of Adam.
        seed: of the draws and the noise.

    Returns:
        The bundle, with `privacy` among its metrics: the settings and the accounted `epsilon`.

    Raises:
        ImportError: the extra `privacy` is not installed.
        ValueError: a batch would hold more than all records.

    Example:
        >>> fit_private(bundle, prepared, Privacy(1.0, 1.1, 64, 500, 1e-5)).metrics["privacy"]["epsilon"]
        4.2

    Reference: Abadi et al. 2016, arXiv:1607.00133, algorithm 1, with Adam after the noise.
    """
    # Before anything is trained: whoever cannot account for it should not spend the time.
    epsilon = accounted_epsilon(privacy, len(prepared))
    random = np.random.default_rng(seed)
    model = bundle.model
    variables = model.trainable_variables
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(variables)
    gradients_of = clipped_gradients(bundle, privacy.clip)
    inputs, labels = prepared.inputs(bundle.has_presence), prepared.labels
    for _ in range(privacy.steps):
        drawn = np.flatnonzero(random.random(len(prepared)) < privacy.batch_size / len(prepared))
        total = [np.zeros(variable.shape) for variable in variables]
        for row in drawn:
            one = slice(int(row), int(row) + 1)
            found = gradients_of({name: tensor[one] for name, tensor in inputs.items()}, labels[one])
            total = [before + gradient.numpy() for before, gradient in zip(total, found, strict=True)]
        optimizer.apply(noisy_mean(total, privacy, random), variables)
    spent = {**dataclasses.asdict(privacy), "epsilon": epsilon, "records": len(prepared), "seed": seed}
    # Temperatures were those of the weights before.
    return dataclasses.replace(bundle, metrics={**bundle.metrics, "privacy": spent}, calibration={})


def clipped_gradients(bundle: Bundle, clip: float) -> Callable[[dict[str, tf.Tensor], tf.Tensor], list[tf.Tensor]]:
    """The gradient of the loss of one record by all trainable weights, together no longer than `clip`."""
    model, loss = bundle.model, keras.losses.get(task_named(bundle.card.task).loss)
    values = [variable.value for variable in model.trainable_variables]

    @tf.function(autograph=False, reduce_retracing=True)
    def gradients_of(inputs: dict[str, tf.Tensor], labels: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            predictions = model(inputs, training=False)
            value = tf.reduce_sum(loss(tf.reshape(labels, (1, -1)), predictions))
        found = tape.gradient(value, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        found = [tf.cast(tf.convert_to_tensor(one), tf.float32) for one in found]
        return tf.clip_by_global_norm(found, clip)[0]

    return gradients_of


def noisy_mean(total: Sequence[np.ndarray], privacy: Privacy, random: np.random.Generator) -> list[Any]:
    """The sum of clipped gradients with its noise, over the batch size."""
    deviation = privacy.noise_multiplier * privacy.clip
    return [
        tf.constant((one + random.normal(0.0, deviation, one.shape)) / privacy.batch_size, tf.float32) for one in total
    ]
