"""One artefact under mutated requests: each valid row has to answer as if the mutated ones were absent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import tensorflow as tf
from contract.mutations import mutated
from contract.records import raw_value

from multimodal_zoo.modalities import Modality, batch_records

# Inputs of a wrong type or shape for any signature.
WRONG_INPUTS = {
    "wrong type": lambda tensor: tf.zeros(tf.shape(tensor), tf.complex64),
    "one axis too many": lambda tensor: tensor[:, None, None],
    "scalar": lambda tensor: tf.reshape(tensor, [-1])[0],
}


class Faults:
    """Sends mutated requests to an artefact and counts what becomes of them.

    Args:
        served: what `tf.saved_model.load` returned.
        modalities: of the bundle.
        seed: of the mutations.
    """

    def __init__(self, served: Any, modalities: dict[str, Modality], seed: int = 0):
        self.served, self.modalities = served, modalities
        self.random = np.random.default_rng(seed)
        self.signature = served.signatures["serving_default"]
        self.counts: Counter[str] = Counter()
        # Valid rows that were compared, and the furthest that a number in one was from where it had to be.
        self.compared, self.furthest = 0, 0.0

    def ask(self, records: list[dict[str, Any]]) -> dict[str, np.ndarray]:
        """Answers of the signature, by output."""
        batch = batch_records(self.modalities, records)
        named = {modality.raw_name(name): batch[name] for name, modality in self.modalities.items()}
        return {key: value.numpy() for key, value in self.signature(**named).items()}

    def send_values(self) -> None:
        """One request: a valid record, one with a mutated value, another valid one.

        Raises:
            AssertionError: a valid row changed, or an answer is not finite.
        """
        name = str(self.random.choice(list(self.modalities)))
        modality = self.modalities[name]
        what, value = mutated(modality, self.random)
        first, middle, last = (
            {key: raw_value(one, self.random) for key, one in self.modalities.items()} for _ in range(3)
        )
        answer = self.ask([first, {**middle, name: value}, last])
        # The same lists in the same padding: a longer list among the rows widens all.
        wanted = self.ask([first, {key: one for key, one in middle.items() if key != name}, last])
        for key, values in answer.items():
            if values.dtype.kind == "f":
                assert np.isfinite(values).all(), f"{key} is not finite after {what} in {name}"
                difference = float(np.abs(values[[0, 2]] - wanted[key][[0, 2]]).max())
                assert difference <= 1e-6, f"{key} is {difference} off after {what} in {name}"
                self.furthest = max(self.furthest, difference)
            else:
                assert (values[[0, 2]] == wanted[key][[0, 2]]).all(), f"{key} after {what} in {name}"
        self.compared += 2
        column = list(self.modalities).index(name)
        if answer["undecodable"][1, column]:
            outcome = "undecodable"
        else:
            outcome = "read" if answer["presence"][1, column] else "absent"
        self.counts[f"{modality.kind}, {what}: {outcome}"] += 1

    def send_wrong_input(self) -> None:
        """One request with an input of another type or shape: it has to be refused, and the next one answered.

        Raises:
            AssertionError: it was answered.
        """
        name = str(self.random.choice(list(self.modalities)))
        what = str(self.random.choice(sorted(WRONG_INPUTS)))
        record = {key: raw_value(one, self.random) for key, one in self.modalities.items()}
        batch = batch_records(self.modalities, [record])
        named = {modality.raw_name(key): batch[key] for key, modality in self.modalities.items()}
        raw_name = self.modalities[name].raw_name(name)
        try:
            self.signature(**{**named, raw_name: WRONG_INPUTS[what](named[raw_name])})
        except (tf.errors.InvalidArgumentError, TypeError, ValueError):
            self.counts[f"request, {what}: refused"] += 1
            return
        raise AssertionError(f"{what} for {raw_name} was answered")
