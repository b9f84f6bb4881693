"""Operators by name: the registry, what `fuse` makes of them and what it refuses, saving, precision."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import (
    FusionOperator,
    UnknownFusion,
    fuse,
    fusion_operator,
    list_fusions,
    operator_arguments,
    register_fusion,
)
from multimodal_zoo.training.precision import precision
from multimodal_zoo.unknown_name import UnknownName
from tests.fusion.equations import expected
from tests.random_weights import randomise

ARGUMENTS = {
    "additive_attention": {"attention_dim": 3},
    "attentional_pairs": {"attention_dim": 3},
    "bi_interaction": {},
    "concat": {"activation": "tanh"},
    "feature_pooling": {"weights": [0.25, 0.75]},
    "gated": {"use_bias": False},
    "late_average": {"units": 7},
    "late_weighted": {"units": 7},
    "block": {"blocks": 3, "units": 2},
    "dot_product_attention": {"attention_dim": 3},
    "film": {"modulated": "image"},
    "hierarchical": {"groups": [["report", "image"], "report"]},
    "late_max": {"units": 7},
    "late_product": {"units": 7},
    "late_vote": {"temperature": 0.5},
    "low_rank_tensor_fusion": {"rank": 2},
    "mcb": {"sketch_dim": 16, "seed": 3},
    "mfb": {"rank": 2},
    "mfh": {"rank": 2, "blocks": 4},
    "mlb": {"rank": 3, "activation": "relu"},
    "multiplicative_interactions": {"limit": 60},
    "mutan": {"units": 3, "rank": 2},
    "product_of_experts": {},
    "tensor_fusion": {"units": 2, "activation": None, "limit": 9},
    "tucker": {"units": 3},
}


def model_of(name, presence=True, **arguments):
    # The order of the dict is not alphabetical: it is the one of the columns of presence.
    inputs = {"report": keras.Input((5,), name="report"), "image": keras.Input((3,), name="image")}
    encodings = dict(inputs)
    if presence:
        inputs["presence"] = keras.Input((2,), name="presence")
    return keras.Model(inputs, fuse(name, 4, **arguments)(encodings, presence=inputs.get("presence")))


def records(rows=4):
    draws = np.random.default_rng(0)
    return {
        "report": draws.normal(size=(rows, 5)).astype("float32"),
        "image": draws.normal(size=(rows, 3)).astype("float32"),
        "presence": np.float32([[1, 1], [1, 0], [0, 1], [0, 0]])[:rows],
    }


def test_the_operators_there_are():
    assert {
        "additive_attention",
        "concat",
        "feature_pooling",
        "gated",
        "late_average",
        "late_weighted",
        *("late_product", "late_max", "late_vote", "dot_product_attention", "film", "hierarchical"),
        *("mcb", "mlb", "mfb", "mfh", "mutan", "tucker", "block", "multiplicative_interactions"),
        *("tensor_fusion", "low_rank_tensor_fusion", "product_of_experts"),
    } <= set(list_fusions())
    assert list_fusions() == sorted(list_fusions())


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_the_layer_is_called_joint_and_keeps_the_order_of_the_encodings(name):
    model = randomise(model_of(name))
    joint = model.get_layer("joint")
    assert joint.modalities == ("report", "image")
    given = records()
    encodings = {"report": given["report"], "image": given["image"]}
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(given)),
        expected(name, joint, encodings, given["presence"]),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("presence", [True, False])
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_saved_model_gives_the_same_answers(name, presence, tmp_path):
    model = randomise(model_of(name, presence, **ARGUMENTS[name]))
    given = records()
    if not presence:
        del given["presence"]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(model(given)), ops.convert_to_numpy(again(given)))
    config = model.get_layer("joint").get_config()
    assert type(model.get_layer("joint")).from_config(config).get_config() == config


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_mixed_precision_stays_close_to_float32(name, policy):
    full = randomise(model_of(name))
    with precision(policy):
        mixed = model_of(name)
    mixed.set_weights(full.get_weights())
    joint = mixed(records())
    assert keras.backend.standardize_dtype(joint.dtype) == policy.removeprefix("mixed_")
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in mixed.weights)
    wanted = ops.convert_to_numpy(full(records()))
    # A product of random weights may be large: what counts then is how far it is off for its size.
    tolerance = max(0.06, 0.01 * np.abs(wanted).max())
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(joint, "float32")), wanted, atol=tolerance)


def test_the_arguments_of_an_operator():
    assert operator_arguments("feature_pooling") == {"weights": None, "activation": None}
    assert operator_arguments("late_weighted") == {"units": None}


def test_an_operator_of_ones_own(monkeypatch):
    monkeypatch.setattr("multimodal_zoo.fusion.operator._OPERATORS", {})

    @register_fusion("largest_of_tests")
    class Largest(FusionOperator):
        def combine(self, encodings, present):
            return ops.max(ops.stack(list(encodings.values()), axis=1), axis=1)

    assert list_fusions() == ["largest_of_tests"]
    joint = fuse("largest_of_tests", 2)({"a": np.float32([[1, 5]]), "b": np.float32([[3, 2]])})
    np.testing.assert_array_equal(ops.convert_to_numpy(joint), [[3, 5]])
    with pytest.raises(ValueError, match="largest_of_tests.*registered already, by Largest"):
        register_fusion("largest_of_tests")(Largest)


def test_an_operator_must_combine():
    with pytest.raises(TypeError, match="defines no combine"):
        FusionOperator(2, ("a",)).combine({}, None)


def test_an_unknown_operator():
    with pytest.raises(UnknownFusion, match="Unknown fusion 'additive_atention'") as error:
        fuse("additive_atention", 4)
    assert "Did you mean 'additive_attention'?" in str(error.value)
    assert all(name in str(error.value) for name in list_fusions())
    assert isinstance(error.value, UnknownName) and isinstance(error.value, ValueError)


def test_an_unknown_argument():
    with pytest.raises(UnknownFusion, match="Did you mean 'weights'.*Known: activation, weights"):
        fuse("feature_pooling", 4, weight=[1])
    with pytest.raises(UnknownFusion, match="units"):
        fuse("concat", 4, units=3)


def image_and_report(image=(2, 3), report=(2, 5)):
    return {"image": np.ones(image, "float32"), "report": np.ones(report, "float32")}


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@pytest.mark.parametrize(
    ("encodings", "presence", "message"),
    [
        ({}, None, "at least one modality"),
        ([np.ones((2, 3))], None, "takes a dict of encodings by modality name; received list"),
        (image_and_report(image=(2, 4, 3)), None, r"'image' must have rank 2.*\(2, 4, 3\)"),
        (image_and_report(report=(5,)), None, r"'report' must have rank 2.*\(5,\)"),
        (
            image_and_report(),
            np.ones((2, 3), "float32"),
            r"presence must have the shape \(batch, 2\).*\(2, 3\)",
        ),
        (image_and_report(), np.ones((2,), "float32"), r"presence must have the shape \(batch, 2\).*\(2,\)"),
    ],
)
def test_encodings_of_the_wrong_form(name, encodings, presence, message):
    with pytest.raises(ValueError, match=message):
        fuse(name, 4)(encodings, presence=presence)


def test_encodings_of_other_names():
    operator = fusion_operator("concat")(4, ("image", "report"))
    with pytest.raises(ValueError, match=r"missing \['report'\].*unknown \['reports'\].*did you mean 'report'"):
        operator({"image": np.ones((2, 3)), "reports": np.ones((2, 5))})
    with pytest.raises(ValueError, match=r"expects the encodings \['image', 'report'\]; missing \['report'\]"):
        operator({"image": np.ones((2, 3))})


def test_presence_after_a_first_call_without():
    operator = fusion_operator("concat")(4, ("image", "report"))
    operator(image_and_report())
    with pytest.raises(ValueError, match="built without presence"):
        operator(image_and_report(), presence=np.ones((2, 2), "float32"))


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("concat", {"dim": 0}, "dim must be a positive whole number; received dim=0"),
        ("concat", {"dim": 1.5}, "received dim=1.5"),
        ("concat", {"modalities": ()}, "at least one modality; received none"),
        ("concat", {"modalities": "image"}, "single string 'image'"),
        ("concat", {"modalities": ("a", "a")}, "named once"),
        ("additive_attention", {"attention_dim": 0}, "attention_dim=0"),
        ("late_average", {"units": 0}, "units=0"),
        ("feature_pooling", {"weights": [1.0]}, r"2 numbers, one for each of \['a', 'b'\]; received \[1.0\]"),
        (
            "feature_pooling",
            {"weights": {"a": 1.0}},
            r"must name the modalities \['a', 'b'\]; received \['a'\]",
        ),
        ("feature_pooling", {"weights": [0.0, 0.0]}, "not all zero"),
        ("feature_pooling", {"weights": [1.0, -1.0]}, "not negative"),
        ("feature_pooling", {"weights": [1.0, float("nan")]}, "finite"),
        ("block", {"blocks": 0}, "blocks=0"),
        ("dot_product_attention", {"attention_dim": 0}, "attention_dim=0"),
        ("film", {"modulated": "c"}, r"one of \['a', 'b'\]; received modulated='c'"),
        ("hierarchical", {"groups": ["a", "c"]}, r"out of \['a', 'b'\]; received 'c'"),
        ("hierarchical", {"groups": [["a"]]}, r"name every modality; \['b'\] are in none"),
        ("hierarchical", {"groups": ["a", "b", []]}, "empty group"),
        ("late_vote", {"temperature": 0.0}, "temperature=0.0"),
        ("low_rank_tensor_fusion", {"rank": 0}, "rank=0"),
        ("mcb", {"seed": -1}, "seed=-1"),
        ("mcb", {"sketch_dim": 0}, "sketch_dim=0"),
        ("mfb", {"rank": 0}, "rank=0"),
        ("mfh", {"blocks": 3}, "multiple of blocks.*dim=4 and blocks=3"),
        ("mfh", {"blocks": 0}, "blocks=0"),
        ("mlb", {"rank": 0}, "rank=0"),
        ("mutan", {"units": 0}, "units=0"),
        ("tensor_fusion", {"units": 0}, "units=0"),
        ("tucker", {"units": 0}, "units=0"),
    ],
)
def test_arguments_out_of_range(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        fusion_operator(name)(**{"dim": 4, "modalities": ("a", "b"), **arguments})
