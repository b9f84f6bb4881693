"""Hierarchical fusion: small groups of modalities first, then the groups, until one is left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion

Group = str | Sequence["Group"]


@register_fusion("hierarchical")
class Hierarchical(FusionOperator):
    """Fuses level by level: each modality, then each group of them, then the groups.

    A modality: g_m = tanh(W_m f_m + b_m). A group of members g_1 ... g_k, which are modalities or groups:
    g = tanh(w_1 * g_1 + ... + w_k * g_k + b), feature by feature. f is the outermost group.

    By default the groups are all the pairs and the outermost group holds them, as in the paper; two
    modalities are one pair, and a single one is its own answer. `groups` sets any other tree:
    `[["image", "audio"], "report"]` fuses image with audio, and what they give with the report. A modality may
    be in several groups.

    Absence. What is absent is left out of its groups, and a group with nothing there is itself absent. With
    everything absent: the zero vector.

    Args:
        dim: width of the joint representation, and of every level.
        modalities: names of the encodings, in the order of the columns of `presence`.
        groups: members of the outermost group: names, or groups in the same form; None takes all pairs.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `groups` names something unknown, leaves a modality out, or has an empty group.

    Example:
        >>> fused = fuse("hierarchical", 64, groups=[["image", "audio"], "report"])
        >>> joint = fused({"image": image, "audio": audio, "report": report}, presence=presence)

    Reference:
        Majumder 2018, arXiv:1806.06228, the bimodal and the trimodal fusion.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], groups: Sequence[Group] | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        self.groups = None if groups is None else as_lists(groups)
        self.tree = all_pairs(self.modalities) if self.groups is None else self.groups
        self._check(self.tree)
        self.projections = {
            name: keras.layers.Dense(dim, activation="tanh", dtype=self.dtype_policy, name=f"project_{name}")
            for name in self.modalities
        }
        self.group_weights: list[Any] = []
        self.group_biases: list[Any] = []

    def _check(self, tree: Any) -> None:
        named = set()
        for member in walk(tree):
            if not isinstance(member, str):
                if not member:
                    raise ValueError(f"groups must not hold an empty group; received {tree!r}.")
            elif member not in self.modalities:
                raise ValueError(f"groups must name modalities out of {list(self.modalities)}; received {member!r}.")
            else:
                named.add(member)
        left_out = [name for name in self.modalities if name not in named]
        if left_out:
            raise ValueError(f"groups must name every modality; {left_out} are in none of {tree!r}.")

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.projections[name].build((None, width))
        groups = [member for member in walk(self.tree) if not isinstance(member, str)]
        self.group_weights = [
            self.add_weight(shape=(len(group), self.dim), initializer="ones", name=f"weights_{number}")
            for number, group in enumerate(groups)
        ]
        self.group_biases = [
            self.add_weight(shape=(self.dim,), initializer="zeros", name=f"bias_{number}")
            for number in range(len(groups))
        ]

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        alone = {}
        for column, name in enumerate(self.modalities):
            there = None if present is None else present[:, column : column + 1]
            alone[name] = (silent(self.projections[name](encodings[name]), there), there)
        # In the order in which `walk` finds the groups, and `build_operator` numbered them.
        weights = iter(zip(self.group_weights, self.group_biases, strict=True))
        return self._fuse(self.tree, alone, weights)[0]

    def _fuse(self, member: Any, alone: dict[str, Any], weights: Iterator[Any]) -> tuple[Any, Any]:
        """The answer of a member, and in which rows it is there (None: in all)."""
        if isinstance(member, str):
            return alone[member]
        weight, bias = next(weights)
        answers, there = zip(*(self._fuse(one, alone, weights) for one in member), strict=True)
        fused = ops.tanh(ops.sum(ops.stack(answers, axis=1) * weight, axis=1) + bias)
        anything = None if there[0] is None else ops.any(ops.stack(there), axis=0)
        return silent(fused, anything), anything

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}


def silent(answer: Any, there: Any) -> Any:
    """The answer with zeros in the rows where it is not there."""
    return answer if there is None else ops.where(there, answer, ops.zeros_like(answer))


def all_pairs(modalities: tuple[str, ...]) -> Any:
    """The tree of the paper: all the pairs, and what holds them."""
    if len(modalities) == 1:
        return modalities[0]
    pairs = [list(pair) for pair in itertools.combinations(modalities, 2)]
    return pairs[0] if len(pairs) == 1 else pairs


def walk(tree: Any) -> Iterator[Any]:
    """Every group, before its members, and every name in a tree of groups."""
    yield tree
    if not isinstance(tree, str):
        for member in tree:
            yield from walk(member)


def as_lists(group: Any) -> Any:
    """A tree of groups as a config holds it."""
    return group if isinstance(group, str) else [as_lists(member) for member in group]
