"""A learning rate for a larger batch."""

from __future__ import annotations

import keras


def scaled_learning_rate(
    learning_rate: float, batch_size: int, of_batch_size: int, warm_up_steps: int = 0
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Scale a learning rate in proportion to the batch size; nothing in this package does so by itself.

    The rule was found for SGD with momentum. Adam often needs less than it says.

    Args:
        learning_rate: one that is good with `of_batch_size`.
        batch_size: the global one of the training to come.
        of_batch_size: the global one that the learning rate was found with.
        warm_up_steps: over these steps the rate rises evenly from `learning_rate` to the scaled one.

    Returns:
        The rate; with a warm-up a schedule, to compile the optimiser with.

    Raises:
        ValueError: a rate or batch size that is not above 0, or a negative number of steps.

    Example:
        >>> scaled_learning_rate(1e-3, batch_size=256, of_batch_size=64)
        0.004

    Reference: Goyal et al. 2017, arXiv:1706.02677, section 2.1, and 2.2 for the gradual warm-up.
    """
    if min(learning_rate, batch_size, of_batch_size) <= 0 or warm_up_steps < 0:
        raise ValueError(
            "learning_rate, batch_size and of_batch_size have to be above 0 and warm_up_steps at least 0, got "
            f"{learning_rate}, {batch_size}, {of_batch_size} and {warm_up_steps}."
        )
    scaled = learning_rate * batch_size / of_batch_size
    if not warm_up_steps:
        return scaled
    # From one rate to another on a straight line, and on with the other: falling or rising.
    return keras.optimizers.schedules.PolynomialDecay(learning_rate, warm_up_steps, scaled, power=1.0)
