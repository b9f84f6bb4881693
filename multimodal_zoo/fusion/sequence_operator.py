"""What every fusion operator over sequences is: tokens of each modality, some of them padding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.kept_places import kept
from multimodal_zoo.fusion.operator import FusionOperator
from multimodal_zoo.fusion.present_weights import normalise_over_present, weighted_sum


class SequenceFusion(FusionOperator):
    """Several sequences into one joint representation; the base of the operators that look at single steps.

    An encoding is (batch, steps, width), the steps of each modality its own number, or (batch, width), which
    counts as one step. So such an operator can be named wherever vectors are fused.

    Padding is told by `masks`, an argument of the call beside `presence`. Masks are ordinary tensors, not the
    masks that Keras hangs on tensors: those are lost at the first layer that does not pass them on, while an
    argument is saved with the model, and is the same on every backend. Word ids will do as they are, 0 being
    padding. An absent modality is one whose steps are all padding. The content of padding is replaced by
    zeros, by selection, before `combine` sees it.

    An operator implements `build_operator(widths)` and `combine(tokens, there)`.

    Args:
        dim: width of the joint representation, a positive whole number.
        modalities: names of the encodings; their order is the order of the columns of `presence`.
        **kwargs: arguments of `keras.Layer`, such as `name` and `dtype`.

    Example:
        >>> fuse("perceiver", 64)({"image": vector, "report": words}, presence=presence, masks={"report": ids})
    """

    encoding_ranks = (2, 3)

    def build(
        self,
        encodings_shape: Mapping[str, tuple],
        presence_shape: tuple | None = None,
        masks_shape: Mapping[str, tuple] | None = None,
    ) -> None:
        super().build(encodings_shape, presence_shape)

    def call(self, encodings: Mapping[str, Any], presence: Any = None, masks: Mapping[str, Any] | None = None) -> Any:
        encodings, present = self.checked(encodings, presence)
        self._check_masks(encodings, masks)
        tokens, there = {}, {}
        for index, (name, encoding) in enumerate(encodings.items()):
            steps = encoding if len(encoding.shape) == 3 else ops.expand_dims(encoding, 1)
            mask = ops.ones_like(steps[:, :, 0], dtype="bool")
            if masks and name in masks:
                mask = ops.not_equal(masks[name], 0)
            if present is not None:
                mask = ops.logical_and(mask, present[:, index : index + 1])
            tokens[name] = kept(steps, mask)
            there[name] = mask
        return self.combine(tokens, there)

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        """Fuses sequences, in the order of `modalities`, whose padded and absent steps are zeros.

        Args:
            tokens: dict of (batch, steps, width) tensors of the compute dtype.
            there: dict of boolean (batch, steps), true where a step is neither padding nor absent.

        Returns:
            The joint representation, (batch, dim).
        """
        return super().combine(tokens, there)

    def check_steps(self, steps: dict[str, int | None]) -> None:
        """Raises ValueError if the operator cannot take sequences of these lengths (None: not known yet)."""

    def compute_output_shape(
        self,
        encodings_shape: Mapping[str, tuple],
        presence_shape: tuple | None = None,
        masks_shape: Mapping[str, tuple] | None = None,
    ) -> tuple:
        return super().compute_output_shape(encodings_shape, presence_shape)

    def compute_output_spec(
        self, encodings: Mapping[str, Any], presence: Any = None, masks: Mapping[str, Any] | None = None
    ) -> keras.KerasTensor:
        joint = super().compute_output_spec(encodings, presence)
        self._check_masks(encodings, masks)
        return joint

    def _check_shapes(self, encodings: Any, presence: Any) -> None:
        super()._check_shapes(encodings, presence)
        shapes = {name: tuple(encodings[name]) for name in self.modalities}
        self.check_steps({name: shape[1] if len(shape) == 3 else 1 for name, shape in shapes.items()})

    def _check_masks(self, encodings: Mapping[str, Any], masks: Mapping[str, Any] | None) -> None:
        if masks is None:
            return
        if not isinstance(masks, Mapping):
            raise ValueError(
                f"masks must be a dict of (batch, steps) tensors by modality name; received {type(masks).__name__}."
            )
        unknown = [name for name in masks if name not in self.modalities]
        if unknown:
            raise ValueError(
                f"masks must be of the modalities {list(self.modalities)}; "
                + "; ".join([f"unknown {unknown}", *self.near_names(unknown)])
            )
        for name, mask in masks.items():
            sequence, shape = tuple(encodings[name].shape), tuple(mask.shape)
            alike = len(sequence) == 3 and len(shape) == 2
            if not alike or (None not in (sequence[1], shape[1]) and sequence[1] != shape[1]):
                raise ValueError(
                    f"The mask of {name!r} must be (batch, steps) beside an encoding (batch, steps, width); "
                    f"received the shapes {shape} and {sequence}."
                )
            self.check_batch({name: sequence, f"mask of {name}": shape})


def present_modalities(there: Mapping[str, Any]) -> Any:
    """Which modalities have any step.

    Args:
        there: dict of boolean (batch, steps).

    Returns:
        Boolean (batch, modalities), in the order of the dict.

    Example:
        >>> present_modalities({"a": np.array([[True, False]]), "b": np.array([[False]])})
        [[True, False]]
    """
    return ops.stack([ops.any(mask, axis=1) for mask in there.values()], axis=1)


def mean_over_present(features: Any, present: Any) -> Any:
    """Mean over the second axis of what is there.

    Args:
        features: (batch, places, dim), finite also where nothing is there.
        present: boolean (batch, places).

    Returns:
        (batch, dim), zeros where a row has nothing.

    Example:
        >>> mean_over_present(np.array([[[1.], [3.], [9.]]]), np.array([[True, True, False]]))
        [[2.]]
    """
    return weighted_sum(normalise_over_present(ops.ones_like(present, dtype="float32"), present), features)
