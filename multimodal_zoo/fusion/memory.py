"""The key-value memory network: each modality asks, and the steps of the others are the memory."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.present_weights import weighted_sum
from multimodal_zoo.fusion.sequence_operator import SequenceFusion, mean_over_present, present_modalities


@register_fusion("memory")
class Memory(SequenceFusion):
    """Answers a question of each modality out of the steps of the others, in several hops.

    Question: q_i = A_i mean_t(x_it). In each hop h, over the steps s of all the modalities but i:
    p_s = softmax_s(q_i . K x_s / sqrt(dim));  o = sum_s p_s V x_s;  q_i = R_h (q_i + o).
    f = mean_i q_i. K and V are maps of the modality that the step belongs to; R_h is shared.

    Absence: an absent modality asks nothing and is in no memory; removing one gives what the same weights
    give for the others alone. With nothing to read, o is zero. With everything absent the answer is the zero
    vector. A single modality has no memory: f = R_H ... R_1 q.

    Departs from the paper: scores are divided by sqrt(dim), as in attention, and the memory is every step of
    the other modalities, with no hashing first.

    Args:
        dim: width of the questions, of keys and values, and of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        hops: how many times the memory is read.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("memory", 64, hops=3)({"image": regions, "report": words}, masks={"report": ids})

    Reference:
        Miller 2016, arXiv:1606.03126, section 3.1 (key addressing, value reading).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], hops: int = 2, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if hops < 1:
            raise ValueError(f"hops must be positive; received hops={hops!r}.")
        self.hops = int(hops)

    def _dense(self, name: str, width: int) -> keras.layers.Dense:
        dense = keras.layers.Dense(self.dim, use_bias=False, dtype=self.dtype_policy, name=name)
        dense.build((None, width))
        return dense

    def build_operator(self, widths: dict[str, int]) -> None:
        self.questions = {name: self._dense(f"question_{name}", width) for name, width in widths.items()}
        self.updates = [self._dense(f"update_{hop}", self.dim) for hop in range(1, self.hops + 1)]
        # A lone modality has no others who would read it.
        read = widths if len(widths) > 1 else {}
        self.keys = {name: self._dense(f"key_{name}", width) for name, width in read.items()}
        self.values = {name: self._dense(f"value_{name}", width) for name, width in read.items()}

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        keys = {name: self.keys[name](tokens[name]) for name in self.keys}
        values = {name: self.values[name](tokens[name]) for name in self.values}
        answers = []
        for name in self.modalities:
            question = self.questions[name](mean_over_present(tokens[name], there[name]))
            others = [other for other in keys if other != name]
            memory = [ops.concatenate([part[other] for other in others], 1) for part in (keys, values, there) if others]
            for update in self.updates:
                question = update(question + read(question, *memory) if memory else question)
            answers.append(question)
        return mean_over_present(ops.stack(answers, axis=1), present_modalities(there))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "hops": self.hops}


def read(question: Any, keys: Any, values: Any, there: Any) -> Any:
    """Reads a memory: the values weighted by how well their keys fit the question.

    Args:
        question: (batch, dim).
        keys, values: (batch, slots, dim).
        there: boolean (batch, slots).

    Returns:
        (batch, dim), zeros where a row has no slot.

    Example:
        >>> read(np.array([[0.]]), np.array([[[5.], [7.]]]), np.array([[[1.], [3.]]]), np.array([[True, True]]))
        [[2.]]
    """
    # In float32, where a product of large numbers stays finite.
    question, keys = ops.cast(question, "float32"), ops.cast(keys, "float32")
    scores = ops.squeeze(ops.matmul(keys, ops.expand_dims(question, -1)), -1) / keys.shape[-1] ** 0.5
    return weighted_sum(masked_softmax(scores, there), values)
