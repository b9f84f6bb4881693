import json

import numpy as np
import pytest

from multimodal_zoo.export.check import Outcome
from multimodal_zoo.export.check.replay import alike, check_replay
from multimodal_zoo.export.golden_requests import GOLDEN_REQUESTS


def edit(version, change):
    """Change the stored requests."""
    path = version / GOLDEN_REQUESTS
    document = json.loads(path.read_text())
    change(document["requests"])
    path.write_text(json.dumps(document))


def faults(version):
    check = check_replay(version, needs_text=False)
    assert check.outcome == Outcome.FAILED, check.reason
    return check.reason


def test_stored_requests_are_answered_as_stored(version):
    check = check_replay(version, needs_text=False)
    # Twice everything, each of four modalities alone, nothing.
    assert check.outcome == Outcome.PASSED
    assert check.reason == "7 requests answered as stored, numbers within 0.0001 + 0.001 of the stored one."


def test_a_number_within_the_tolerance_passes_and_one_beyond_fails(version):
    def nudge(by):
        def change(requests):
            requests[0]["answer"]["scores"][0] += by

        return change

    edit(version, nudge(1e-5))
    assert check_replay(version, needs_text=False).outcome == Outcome.PASSED
    edit(version, nudge(0.01))
    assert "The answer to 'everything': 'scores' is [0." in faults(version)


def test_presence_that_differs(version):
    edit(version, lambda requests: requests[-1]["answer"].update(presence=[1.0, 0.0, 0.0, 0.0]))
    assert "The answer to 'nothing': 'presence' is [0.0, 0.0, 0.0, 0.0], stored is [1.0, 0.0, 0.0, 0.0]." == faults(
        version
    )


def test_a_stored_output_that_is_gone_and_one_that_was_not_stored(version):
    edit(version, lambda requests: requests[0]["answer"].update(labels="yes"))
    assert "The answer to 'everything' has no 'labels'." in faults(version)
    edit(version, lambda requests: requests[0]["answer"].pop("labels"))
    edit(version, lambda requests: requests[0]["answer"].pop("scores"))
    assert "The answer to 'everything' has 'scores', which is not stored." in faults(version)


def test_a_request_that_the_model_does_not_take(version):
    edit(version, lambda requests: requests[0]["inputs"].update(age=["old"]))
    assert "The request 'everything' fails (" in faults(version)


def test_many_wrong_answers_are_counted(version):
    edit(version, lambda requests: [one["answer"].update(scores=[7.0]) for one in requests])
    assert faults(version).endswith("And 4 more.")


def test_without_stored_requests_it_is_loaded_and_skipped(version):
    (version / GOLDEN_REQUESTS).unlink()
    check = check_replay(version, needs_text=False)
    assert check.outcome == Outcome.SKIPPED and "TensorFlow loads it" in check.reason


def test_requests_that_cannot_be_read(version):
    (version / GOLDEN_REQUESTS).write_text("{}")
    assert "golden_requests.json holds no golden requests" in faults(version)


def test_what_tensorflow_cannot_load(version):
    (version / "variables" / "variables.index").unlink()
    assert "TensorFlow cannot load it (" in faults(version)


@pytest.mark.parametrize(
    ("answer", "stored", "expected"),
    [
        (np.float32([1.0, 2.0]), [1.0, 2.0], True),
        (np.float32([1000.0]), [1000.9], True),
        (np.float32([1000.0]), [1002.0], False),
        (np.float32([1.0]), [1.0, 1.0], False),
        (np.float32([np.nan]), [float("nan")], False),
        (np.float32([1.0]), ["1"], False),
        (np.array([True]), [True], True),
        (np.array([True]), [False], False),
        (b"yes", "yes", True),
        (b"yes", "no", False),
        (np.array([3, 4]), [3, 4], True),
    ],
)
def test_alike(answer, stored, expected):
    assert alike(answer, stored) is expected
