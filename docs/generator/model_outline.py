"""A network at the level of modality -> encoder -> fusion -> head, read off its functional graph."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import keras
from layered_drawing import Arrow, Box

from multimodal_zoo.fusion import fusion_operator, list_fusions
from multimodal_zoo.registry import PRESENCE

JOINT = "joint"
FIELDS = "fields"
# Layers that say little of how a network reads: what normalises, drops, joins or reshapes.
QUIET = {
    *("Activation", "Add", "BatchNormalization", "Cast", "Concatenate", "Dropout", "Expand_dims", "Flatten", "GetItem"),
    *("GroupNormalization", "Identity", "InputLayer", "LayerNormalization", "Multiply", "PowerLaw", "ReLU", "Reshape"),
    *("RMSNormalization", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SplitMask", "Squeeze", "Transpose"),
    *("ZeroPadding", "ZeroPadding2D", "ZerosLike"),
}
MOST_LINES = 6


class Place(NamedTuple):
    """Where a layer stands: before, at, behind or beside the fusion, and which inputs it has heard of."""

    part: str
    heard: frozenset[str]


def outline(model: keras.Model) -> tuple[list[Box], list[Arrow]]:
    """The boxes and arrows of a network's drawing.

    Layers that stand before the fusion and have heard of the same inputs are one box; so are those behind it, and those
    that lead past it. Arrows among such boxes can make no circle: what is heard only grows along them.

    Args:
        model: of the zoo, built with or without presence, which is left out.
    """
    # The graph has no public name in Keras; `keras.utils.plot_model` and `summary` read it by these, too.
    nodes = [node for depth in sorted(model._nodes_by_depth, reverse=True) for node in model._nodes_by_depth[depth]]
    places = places_of(nodes, in_fields(model))
    members: dict[Place, list[Any]] = collections.defaultdict(list)
    for node in nodes:
        if id(node) in places:
            members[places[id(node)]].append(node.operation)
    arrows = {
        (places[id(parent)], places[id(node)])
        for node in nodes
        for parent in node.parent_nodes
        if id(node) in places and id(parent) in places and places[id(parent)] != places[id(node)]
    }
    names = {place: f"{place.part}: {', '.join(sorted(place.heard))}" for place in members}
    # From top to bottom as the modalities stand in the card.
    rank = {name: number for number, name in enumerate([*model.modalities, FIELDS])}
    from_top = sorted(members, key=lambda place: sum(rank[name] for name in place.heard) / len(place.heard))
    boxes = [box_of(names[place], place, members[place], model) for place in from_top]
    answers = {
        places[id(tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index])]
        for tensor in model.outputs
    }
    answer = Box("answer", model.card.task.replace("_", " "), tuple(map(shape_of, model.outputs)), "answer")
    joined = sorted((names[start], names[end]) for start, end in arrows)
    return [*boxes, answer], [*joined, *((names[place], "answer") for place in answers)]


def in_fields(model: keras.Model) -> set[str]:
    """The inputs that came in as one mapping of fields: together they are one box."""
    return set(model.builder_arguments.get(FIELDS) or ())


def places_of(nodes: Iterable[Any], fields: set[str]) -> dict[int, Place]:
    """The place of each node of the graph, in the order of its data; those that hear of presence alone have none."""
    nodes = list(nodes)
    heard: dict[int, frozenset[str]] = {}
    for node in nodes:
        if node.is_input:
            name = node.operation.name
            heard[id(node)] = frozenset() if name == PRESENCE else frozenset({FIELDS if name in fields else name})
        else:
            heard[id(node)] = frozenset().union(*(heard[id(parent)] for parent in node.parent_nodes))
    joint = {id(node) for node in nodes if node.operation.name == JOINT}
    before, behind = set(joint), set(joint)
    for node in reversed(nodes):
        if id(node) in before:
            before |= {id(parent) for parent in node.parent_nodes}
    for node in nodes:
        if any(id(parent) in behind for parent in node.parent_nodes):
            behind.add(id(node))

    def part(node: Any) -> str:
        if node.is_input:
            return "input"
        if id(node) in joint:
            return JOINT
        return "before" if id(node) in before else "behind" if id(node) in behind else "beside"

    return {id(node): Place(part(node), heard[id(node)]) for node in nodes if heard[id(node)]}


def box_of(name: str, place: Place, operations: list[Any], model: keras.Model) -> Box:
    """The box of the layers of one place."""
    if place.part == "input":
        return input_box(name, operations, model)
    if place.part == JOINT:
        return fusion_box(name, operations[0])
    (one, *others) = sorted(place.heard)
    title = {
        "before": f"{one} encoder" if not others else "between modalities",
        "behind": "head",
        "beside": "past the fusion",
    }[place.part]
    kind = {"before": "encoder", "behind": "head", "beside": "beside"}[place.part]
    return Box(name, title, (*layer_lines(operations), weights_line(operations)), kind)


def input_box(name: str, operations: list[Any], model: keras.Model) -> Box:
    """A modality with its shape, or all fields together."""
    modalities = [model.modalities[one.name] for one in operations]
    if len(operations) == 1:
        return Box(name, operations[0].name, (type(modalities[0]).__name__, shape_of(operations[0].output)), "input")
    lines = tuple(f"{one.name}: {type(kind).__name__}" for one, kind in zip(operations, modalities, strict=True))
    return Box(name, FIELDS, lines, "input")


def fusion_box(name: str, layer: Any) -> Box:
    """The layer `joint`, by the name of its operator where it is one."""
    operators = {fusion_operator(one): one for one in list_fusions()}
    known = operators.get(type(layer))
    width = shape_of(layer.output)
    return Box(
        name, "fusion" if known else JOINT, (known or type(layer).__name__, width, weights_line([layer])), "fusion"
    )


def layer_lines(operations: list[Any]) -> list[str]:
    """What layers there are, in their order, with how many of each; the telling ones, if there are any."""
    kinds = [type(layer).__name__ for layer in unique(flat(operations))]
    counts = collections.Counter([kind for kind in kinds if kind not in QUIET] or kinds)
    lines = [kind if count == 1 else f"{count} × {kind}" for kind, count in counts.items()]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more"]


def weights_line(operations: list[Any]) -> str:
    """How many numbers the layers hold."""
    count = sum(layer.count_params() for layer in unique(operations) if isinstance(layer, keras.Layer))
    return f"{count:,} weights" if count else "no weights"


def flat(operations: Iterable[Any]) -> Iterator[Any]:
    """The layers, and in place of a network within the network its own."""
    for one in operations:
        yield from flat(one.layers) if isinstance(one, keras.Model) else (one,)


def unique(layers: Iterable[Any]) -> list[Any]:
    """Each layer once: one may be called several times."""
    return list({id(layer): layer for layer in layers}.values())


def shape_of(tensor: Any) -> str:
    """A shape such as (batch, 128)."""
    return f"({', '.join(['batch', *('any' if size is None else str(size) for size in tensor.shape[1:])])})"
