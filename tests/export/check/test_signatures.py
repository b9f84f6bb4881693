import shutil

import pytest
import tensorflow as tf

from multimodal_zoo.export.check import Outcome
from multimodal_zoo.export.check.signatures import check_signatures, signatures_of
from multimodal_zoo.export.saved_model_file import read_saved_model


def save(folder, **signatures):
    """A SavedModel with signatures given as (inputs, outputs), of type and shape by name."""

    def zeros(outputs):
        return {name: tf.zeros([one or 1 for one in shape], kind) for name, (kind, shape) in outputs.items()}

    traced = {}
    for name, (inputs, outputs) in signatures.items():
        specs = {key: tf.TensorSpec(shape, kind, name=key) for key, (kind, shape) in inputs.items()}
        function = tf.function(lambda outputs=outputs, **inputs: zeros(outputs), autograph=False)
        traced[name] = function.get_concrete_function(**specs)
    tf.saved_model.save(tf.Module(), str(folder), traced)
    return folder


INPUTS = {"age": (tf.float32, [None, 2]), "report": (tf.string, [None])}
OUTPUTS = {"scores": (tf.float32, [1, 3])}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    return save(tmp_path_factory.mktemp("before") / "1", serving_default=(INPUTS, OUTPUTS), embed=(INPUTS, OUTPUTS))


def test_types_and_shapes_as_people_read_them(before):
    signatures = signatures_of(read_saved_model(before))
    assert sorted(signatures) == ["embed", "serving_default"]
    assert signatures["embed"].inputs == {"age": "float (None, 2)", "report": "string (None,)"}
    assert signatures["embed"].outputs == {"scores": "float (1, 3)"}


def test_without_a_previous_version_it_is_skipped(before):
    assert check_signatures(read_saved_model(before), None).outcome == Outcome.SKIPPED


def test_the_same_passes(before):
    check = check_signatures(read_saved_model(before), before)
    assert (check.outcome, check.reason) == (Outcome.PASSED, f"All that {before} has is here, unchanged.")


def test_what_is_added_passes_and_is_told(before, tmp_path):
    more = {**OUTPUTS, "labels": (tf.float32, [1])}
    now = save(tmp_path / "2", serving_default=(INPUTS, more), embed=(INPUTS, OUTPUTS), explain=(INPUTS, OUTPUTS))
    check = check_signatures(read_saved_model(now), before)
    assert check.outcome == Outcome.PASSED
    assert check.reason.endswith("New: signature 'explain', output 'labels' of 'serving_default'.")


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ({"age": INPUTS["age"]}, OUTPUTS, "The input 'report' of 'serving_default' was string (None,) and is gone."),
        (
            {**INPUTS, "age": (tf.float32, [None, 3])},
            OUTPUTS,
            "The input 'age' of 'serving_default' was float (None, 2) and is float (None, 3).",
        ),
        (
            {**INPUTS, "age": (tf.int32, [None, 2])},
            OUTPUTS,
            "The input 'age' of 'serving_default' was float (None, 2) and is int32 (None, 2).",
        ),
        (
            {**INPUTS, "image_bytes": (tf.string, [None])},
            OUTPUTS,
            "The input 'image_bytes' of 'serving_default' is new: requests of today lack it.",
        ),
        (
            INPUTS,
            {"values": OUTPUTS["scores"]},
            "The output 'scores' of 'serving_default' was float (1, 3) and is gone.",
        ),
        (
            INPUTS,
            {"scores": (tf.float32, [1, 4])},
            "The output 'scores' of 'serving_default' was float (1, 3) and is float (1, 4).",
        ),
    ],
)
def test_what_was_removed_or_changed_fails(before, tmp_path, inputs, outputs, message):
    now = save(tmp_path / "2", serving_default=(inputs, outputs), embed=(INPUTS, OUTPUTS))
    check = check_signatures(read_saved_model(now), before)
    assert (check.outcome, check.reason) == (Outcome.FAILED, message)


def test_a_removed_signature_fails(before, tmp_path):
    now = save(tmp_path / "2", serving_default=(INPUTS, OUTPUTS))
    check = check_signatures(read_saved_model(now), before)
    assert (check.outcome, check.reason) == (Outcome.FAILED, "The signature 'embed' was removed.")


def test_a_previous_version_that_cannot_be_read_fails(before, tmp_path):
    shutil.copytree(before, tmp_path / "1")
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    check = check_signatures(read_saved_model(before), tmp_path / "1")
    assert check.outcome == Outcome.FAILED
    assert "The previous version cannot be read" in check.reason
