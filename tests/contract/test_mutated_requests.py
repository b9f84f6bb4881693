"""Artefacts under mutated requests, one for each kind of modality and of answer; `make faults` sends ten thousand.

What a request goes through is its modalities, the network and the naming of the answer. That no network lets one record
of a batch change another is shown of all of them in `test_registered_models.py`.
"""

import keras
import pytest
from contract.faults import Faults
from contract.mutations import MUTATIONS
from contract.records import default_modalities

from multimodal_zoo.modalities.modality import KINDS
from multimodal_zoo.registry import list_models, model_card

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModels are TensorFlow's")
REQUESTS = 24


def of_every_kind() -> list[str]:
    """Models that together have every kind of modality and of task that any has."""
    chosen, seen = [], set()
    for name in list_models():
        kinds = {f"reads {one.kind}" for one in default_modalities(name).values()} | {model_card(name).task}
        if kinds - seen:
            chosen.append(name)
            seen |= kinds
    return chosen


def test_every_kind_of_modality_has_mutations():
    assert set(MUTATIONS) >= {kind for kind, one in KINDS.items() if one.__module__.startswith("multimodal_zoo.")}


@pytest.mark.parametrize("name", of_every_kind(), indirect=True)
def test_a_mutated_record_changes_no_other_and_a_wrong_request_is_refused(exported, served):
    faults = Faults(served, exported[0].modalities)
    for _ in range(REQUESTS):
        faults.send_values()
    for _ in range(10):
        faults.send_wrong_input()
    assert sum(faults.counts.values()) == REQUESTS + 10
