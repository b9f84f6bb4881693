"""Gradient checkpointing: what is computed on the way to an answer is computed again on the way back, and not kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras import ops


def recomputed(
    function: Callable[..., Any], tensors: Sequence[Any], generators: Sequence[keras.random.SeedGenerator] = ()
) -> Any:
    """What a function makes of tensors, and the same gradients, from the tensors alone.

    Its random numbers are the same both times, and the same as without this.

    Args:
        function: of tensors; the weights it reads get their gradients, too.
        tensors: that have gradients. What has none, such as a mask, `function` has with it.
        generators: that it draws from.

    Example:
        >>> recomputed(lambda tokens: block(tokens, there=there), [tokens], [drop.seed_generator])

    Reference:
        Chen 2016, arXiv:1604.06174, section 3.
    """
    begun = [ops.copy(ops.convert_to_tensor(generator.state)) for generator in generators]
    drawn = [0] * len(generators)

    def from_the_same_seeds(*tensors: Any) -> Any:
        with contextlib.ExitStack() as both:
            counts = [
                both.enter_context(drawn_from(generator, seed))
                for generator, seed in zip(generators, begun, strict=True)
            ]
            result = function(*tensors)
        drawn[:] = [len(count) for count in counts]
        return result

    result = keras.remat(from_the_same_seeds)(*tensors)
    for generator, seed, draws in zip(generators, begun, drawn, strict=True):
        generator.state.assign(seed_after(seed, draws))
    return result


@contextlib.contextmanager
def drawn_from(generator: keras.random.SeedGenerator, seed: Any) -> Iterator[list[Any]]:
    """Let a generator go on from a seed, without moving it; what it gave is in the list."""
    given: list[Any] = []

    def next_seed(ordered: bool = True) -> Any:
        given.append(seed_after(seed, len(given)))
        return given[-1]

    generator.next = next_seed
    try:
        yield given
    finally:
        del generator.next


def seed_after(seed: Any, draws: int) -> Any:
    """The seed that Keras' generator has after so many draws."""
    return ops.add(seed, ops.convert_to_tensor([0, draws], dtype=seed.dtype))
