"""What every fusion operator is, and how one is found by its name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from multimodal_zoo.unknown_name import UnknownName

_OPERATORS: dict[str, type[FusionOperator]] = {}
FORM_OF_RANK = {2: "(batch, width)", 3: "(batch, steps, width)"}


class UnknownFusion(UnknownName):
    """A fusion operator, or an argument of one, that does not exist; the message lists those that do."""


class FusionOperator(keras.Layer):
    """Several encodings into one joint representation; the base of all fusion operators.

    The base checks what arrives, replaces the content of every absent modality by zeros (by selection, never
    by multiplication, so a NaN in it stays behind, in the gradient too) and hands over to `combine`. An
    operator implements `build_operator(widths)` and `combine(encodings, present)`.

    Args:
        dim: width of the joint representation, a positive whole number.
        modalities: names of the encodings; their order is the order of the columns of `presence`.
        **kwargs: arguments of `keras.Layer`, such as `name` and `dtype`.

    Raises:
        ValueError: if `dim` is not positive, or `modalities` is empty or names one twice.
    """

    encoding_ranks: ClassVar[tuple[int, ...]] = (2,)
    """Ranks of an encoding that the operator takes: 2 is (batch, width), 3 is (batch, steps, width)."""

    def __init__(self, dim: int, modalities: tuple[str, ...], **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(dim, bool) or int(dim) != dim or dim < 1:
            raise ValueError(f"dim must be a positive whole number; received dim={dim!r}.")
        if isinstance(modalities, str):
            raise ValueError(f"modalities must be a sequence of names; received the single string {modalities!r}.")
        modalities = tuple(modalities)
        if not modalities:
            raise ValueError("A fusion operator needs at least one modality; received none.")
        if len(set(modalities)) != len(modalities):
            raise ValueError(f"Every modality must be named once; received {list(modalities)}.")
        self.dim = int(dim)
        self.modalities = modalities
        self.takes_presence = False

    def build(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> None:
        self._check_shapes(encodings_shape, presence_shape)
        self.takes_presence = presence_shape is not None
        widths = {name: encodings_shape[name][-1] for name in self.modalities}
        for name, width in widths.items():
            if width is None:
                raise ValueError(f"The width of the encoding {name!r} must be known; received {encodings_shape[name]}.")
        self.build_operator({name: int(width) for name, width in widths.items()})

    def call(self, encodings: Mapping[str, Any], presence: Any = None) -> Any:
        encodings, present = self.checked(encodings, presence)
        if present is not None:
            encodings = {
                name: ops.where(present[:, index : index + 1], encoding, ops.zeros_like(encoding))
                for index, (name, encoding) in enumerate(encodings.items())
            }
        return self.combine(encodings, present)

    def checked(self, encodings: Mapping[str, Any], presence: Any) -> tuple[dict[str, Any], Any]:
        """Encodings in the order of `modalities` and of the compute dtype; presence as booleans, or None."""
        self._check_shapes(
            {name: tuple(value.shape) for name, value in encodings.items()},
            None if presence is None else tuple(presence.shape),
        )
        encodings = {name: ops.cast(encodings[name], self.compute_dtype) for name in self.modalities}
        if presence is None:
            return encodings, None
        if not self.takes_presence:
            raise ValueError(
                f"The layer {self.name!r} was built without presence and is now called with it; "
                "pass presence on the first call."
            )
        return encodings, ops.greater(presence, 0.5)

    def build_operator(self, widths: dict[str, int]) -> None:
        """Creates the weights; `widths` is the last dimension of each encoding, in the order of names."""

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        """Fuses encodings, in the order of `modalities`, whose absent rows are zeros.

        Args:
            encodings: dict of (batch, width) tensors of the compute dtype.
            present: boolean (batch, modalities), or None if everything is there.

        Returns:
            The joint representation, (batch, dim).
        """
        raise TypeError(f"{type(self).__name__} defines no combine(encodings, present), which every operator must.")

    def compute_output_shape(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> tuple:
        return (next(iter(encodings_shape.values()))[0], self.dim)

    def compute_output_spec(self, encodings: Mapping[str, Any], presence: Any = None) -> keras.KerasTensor:
        shapes = {name: tuple(value.shape) for name, value in encodings.items()}
        self._check_shapes(shapes, None if presence is None else tuple(presence.shape))
        return keras.KerasTensor(self.compute_output_shape(shapes), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim, "modalities": list(self.modalities)}

    def near_names(self, unknown: list[str]) -> list[str]:
        """What to say of names that are not among the modalities, where one of these is near."""
        return [
            f"did you mean {close[0]!r} for {name!r}?"
            for name in unknown
            if (close := difflib.get_close_matches(name, self.modalities, 1))
        ]

    def _check_shapes(self, encodings: Any, presence: Any) -> None:
        if not isinstance(encodings, Mapping):
            raise ValueError(
                f"{type(self).__name__} takes a dict of encodings by modality name; "
                f"received {type(encodings).__name__}."
            )
        missing = [name for name in self.modalities if name not in encodings]
        unknown = [name for name in encodings if name not in self.modalities]
        if missing or unknown:
            said = [f"{label} {names}" for label, names in (("missing", missing), ("unknown", unknown)) if names]
            raise ValueError(
                f"{type(self).__name__} expects the encodings {list(self.modalities)}; "
                + "; ".join(said + self.near_names(unknown))
                + ". Give one encoding per name."
            )
        for name in self.modalities:
            shape = tuple(encodings[name])
            if len(shape) not in self.encoding_ranks:
                ranks = " or ".join(f"{rank}, {FORM_OF_RANK[rank]}" for rank in self.encoding_ranks)
                raise ValueError(
                    f"The encoding {name!r} must have rank {ranks}; received the shape {shape}. "
                    "Pool or expand it first."
                )
        if presence is not None:
            shape = tuple(presence)
            if len(shape) != 2 or shape[1] not in (None, len(self.modalities)):
                raise ValueError(
                    f"presence must have the shape (batch, {len(self.modalities)}), one column for each of "
                    f"{list(self.modalities)}; received the shape {shape}."
                )
        of_records = {name: encodings[name] for name in self.modalities}
        self.check_batch(of_records if presence is None else {**of_records, "presence": presence})

    @staticmethod
    def check_batch(shapes: Mapping[str, tuple]) -> None:
        """Raises ValueError if shapes by name differ in the batch, where it is known."""
        sizes = {name: tuple(shape)[0] for name, shape in shapes.items()}
        if len(set(sizes.values()) - {None}) > 1:
            raise ValueError(f"Rows must be of the same records in everything; received batches of {sizes}.")


def register_fusion(name: str) -> Callable[[type[FusionOperator]], type[FusionOperator]]:
    """Registers a `FusionOperator` under a name, and with Keras so that a saved model finds it.

    Args:
        name: the name a person gives in `fuse(name, ...)` and in the `fusion=` argument of a builder.

    Raises:
        ValueError: if another operator holds the name.

    Example:
        >>> @register_fusion("largest")
        ... class Largest(FusionOperator): ...
    """

    def register(operator: type[FusionOperator]) -> type[FusionOperator]:
        if name in _OPERATORS:
            raise ValueError(f"The fusion operator {name!r} is registered already, by {_OPERATORS[name].__name__}.")
        _OPERATORS[name] = keras.saving.register_keras_serializable(package="multimodal_zoo")(operator)
        return operator

    return register


def list_fusions() -> list[str]:
    """Lists the names of the fusion operators, in alphabetical order.

    Returns:
        The names that `fuse` takes.

    Example:
        >>> "additive_attention" in list_fusions()
        True
    """
    return sorted(_OPERATORS)


def fusion_operator(name: str) -> type[FusionOperator]:
    """Finds the class of a fusion operator by its name.

    Args:
        name: one of `list_fusions()`.

    Returns:
        The subclass of `FusionOperator`.

    Raises:
        UnknownFusion: if there is none of that name; the message lists those there are.

    Example:
        >>> fusion_operator("concat").__name__
        'Concat'
    """
    if name not in _OPERATORS:
        raise UnknownFusion("fusion", name, _OPERATORS)
    return _OPERATORS[name]


def operator_arguments(name: str) -> dict[str, Any]:
    """Lists the arguments of a fusion operator besides `dim`, with their defaults.

    Args:
        name: one of `list_fusions()`.

    Returns:
        A dict of argument name to default.

    Raises:
        UnknownFusion: if there is no operator of that name.

    Example:
        >>> operator_arguments("additive_attention")
        {'attention_dim': None}
    """
    parameters = inspect.signature(fusion_operator(name).__init__).parameters.values()
    return {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.name not in ("self", "dim", "modalities") and parameter.kind is not parameter.VAR_KEYWORD
    }


def fuse(name: str, dim: int, **arguments: Any) -> Callable[..., Any]:
    """Fuses encodings by the named operator; the layer it makes is called `joint`.

    Args:
        name: one of `list_fusions()`.
        dim: width of the joint representation.
        **arguments: arguments of the operator, see `operator_arguments(name)`.

    Returns:
        A callable `(encodings, presence=None, masks=None) -> joint`: `encodings` is a dict of (batch, width)
        tensors, or, for a `SequenceFusion`, also (batch, steps, width); `presence` is (batch, modalities)
        with 1 = there and 0 = absent, its columns in the order of `encodings`; `masks` is a dict of
        (batch, steps), not 0 where a step is no padding, for those of the sequences that have padding;
        `joint` is (batch, dim).

    Raises:
        UnknownFusion: if the operator or one of the arguments does not exist.
        ValueError: if an argument, an encoding, presence or a mask is not as the operator expects.

    Example:
        >>> image, report = keras.Input((128,)), keras.Input((64,))
        >>> fuse("additive_attention", 32)({"image": image, "report": report}).shape
        (None, 32)
    """
    operator = fusion_operator(name)
    known = operator_arguments(name)
    for argument in arguments:
        if argument not in known:
            raise UnknownFusion(f"argument of the fusion {name!r}", argument, known)

    def call(encodings: Mapping[str, Any], presence: Any = None, masks: Mapping[str, Any] | None = None) -> Any:
        if not isinstance(encodings, Mapping):
            raise ValueError(
                f"fuse({name!r}, ...) takes a dict of encodings by modality name; received {type(encodings).__name__}."
            )
        layer = operator(dim, tuple(encodings), **arguments, name="joint")
        if not masks:
            return layer(dict(encodings), presence=presence)
        if 3 not in operator.encoding_ranks:
            raise ValueError(
                f"The fusion {name!r} takes vectors, which have no masks; received masks of {sorted(masks)}. "
                "Pool the sequences first, or name an operator that takes sequences."
            )
        return layer(dict(encodings), presence=presence, masks=dict(masks))

    return call
