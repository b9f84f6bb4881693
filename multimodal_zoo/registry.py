"""The names of the zoo: register a builder with its card, list the names, create a model by name."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ParamSpec

import keras

from multimodal_zoo.modalities.modality import Modality
from multimodal_zoo.unknown_name import UnknownName

TASKS = (
    "classification",
    "multi_label",
    "regression",
    "ranking",
    "retrieval",
    "transcription",
    "captioning",
    "generation",
)
PRESENCE = "presence"


@dataclasses.dataclass(frozen=True)
class ModelCard:
    """What a registered architecture is.

    Args:
        task: one of `TASKS`.
        paper: where the architecture comes from, such as "arXiv:1703.04247".
        name, description, modalities: filled in at registration from the builder's name, the first line of its
            docstring and the modalities among its default arguments.
    """

    task: str
    paper: str
    name: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()


Arguments = ParamSpec("Arguments")

BUILDERS: dict[str, Callable[..., keras.Model]] = {}
CARDS: dict[str, ModelCard] = {}


def register_model(card: ModelCard) -> Callable[[Callable[Arguments, keras.Model]], Callable[Arguments, keras.Model]]:
    """Register a builder under its function name.

    The registered builder refuses unknown arguments with a list of the known ones, and the model it returns carries
    `model.modalities` (name -> `Modality`, in the order of the presence columns), `model.card` and
    `model.builder_arguments`.

    Raises:
        ValueError: the name is taken, the task is unknown, or the builder has no docstring.
    """
    if card.task not in TASKS:
        raise UnknownName("task", card.task, TASKS)

    def register(builder: Callable[Arguments, keras.Model]) -> Callable[Arguments, keras.Model]:
        name = builder.__name__
        if name in BUILDERS:
            raise ValueError(f"A model named {name!r} is registered already; choose another function name.")
        if not builder.__doc__:
            raise ValueError(f"The builder {name!r} needs a docstring: its first line is the description.")
        signature = inspect.signature(builder)
        defaults = {key: parameter.default for key, parameter in signature.parameters.items()}

        @functools.wraps(builder)
        def build(*args: Arguments.args, **kwargs: Arguments.kwargs) -> keras.Model:
            for key in kwargs:
                if key not in signature.parameters:
                    raise UnknownName(f"argument of {name}", key, signature.parameters)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            model = builder(*bound.args, **bound.kwargs)
            attach(model, modalities_among(bound.arguments), CARDS[name], dict(bound.arguments))
            return model

        BUILDERS[name] = build
        CARDS[name] = dataclasses.replace(
            card,
            name=name,
            description=builder.__doc__.strip().splitlines()[0],
            modalities=tuple(modalities_among(defaults)),
        )
        return build

    return register


def modalities_among(arguments: Mapping[str, Any]) -> dict[str, Modality]:
    """The modalities among a builder's arguments, each under its argument's name or its key in a mapping."""
    found: dict[str, Modality] = {}
    for name, value in arguments.items():
        if isinstance(value, Modality):
            found[name] = value
        elif isinstance(value, Mapping):
            found.update({key: one for key, one in value.items() if isinstance(one, Modality)})
    return found


def attach(
    model: keras.Model, modalities: Mapping[str, Modality], card: ModelCard, arguments: Mapping[str, Any]
) -> keras.Model:
    """Tell a model which modalities it reads. Written past Keras' attribute tracking: these are facts, not state."""
    expected = [name for name in model.input if name != PRESENCE] if isinstance(model.input, dict) else []
    if sorted(expected) != sorted(modalities):
        raise ValueError(
            f"{model.name}: the model's inputs are {expected} but its modalities are {list(modalities)}; "
            "build the inputs with model_inputs() so that each modality has its own."
        )
    model.__dict__["modalities"] = MappingProxyType(dict(modalities))
    model.__dict__["card"] = card
    model.__dict__["builder_arguments"] = MappingProxyType(dict(arguments))
    return model


def list_models(pattern: str = "*", task: str | None = None) -> list[str]:
    """Names of the registered models that match a shell pattern, in alphabetical order.

    Example:
        >>> list_models("*diagnosis*")
        ['lstnet_diagnosis']
    """
    if task is not None and task not in TASKS:
        raise UnknownName("task", task, TASKS)
    return [
        name for name in sorted(CARDS) if fnmatch.fnmatch(name, pattern) and (task is None or CARDS[name].task == task)
    ]


def model_card(name: str) -> ModelCard:
    """The card of a registered model."""
    if name not in CARDS:
        raise UnknownName("model", name, CARDS)
    return CARDS[name]


def builder_arguments(name: str) -> dict[str, Any]:
    """The arguments of a builder with their defaults."""
    if name not in BUILDERS:
        raise UnknownName("model", name, BUILDERS)
    return {key: p.default for key, p in inspect.signature(BUILDERS[name]).parameters.items()}


def create_model(name: str, **arguments: Any) -> keras.Model:
    """Build a registered model.

    Args:
        name: as `list_models()` prints it.
        **arguments: the builder's own; an unknown one is an error that lists the known ones.

    Returns:
        A functional `keras.Model` with one named input per modality, and `presence` when built with
        `missing_modalities=True`.

    Raises:
        UnknownName: no such model or argument.
    """
    if name not in BUILDERS:
        raise UnknownName("model", name, BUILDERS)
    return BUILDERS[name](**arguments)
