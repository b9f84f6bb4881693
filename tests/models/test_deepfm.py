import keras
import numpy as np

from multimodal_zoo.modalities import Categorical, MultiCategorical, Numeric, Text
from multimodal_zoo.models import deepfm
from tests.golden.arrays import assert_as_reference, golden

FIELDS = {"user": Categorical(9), "tags": MultiCategorical(7, 3), "age": Numeric(1), "plot": Text(11, 4)}


def randomised(model, seed=0):
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(0, 0.5, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    return model


def inputs(seed=0, count=5):
    random = np.random.default_rng(seed)
    return {
        "user": random.integers(0, 9, (count, 1)).astype("int32"),
        "tags": random.integers(0, 7, (count, 3)).astype("int32"),
        "age": random.normal(size=(count, 1)).astype("float32"),
        "plot": random.integers(0, 11, (count, 4)).astype("int32"),
    }


def mean_of_rows(table, ids):
    """Mean of the rows of the ids that are not 0; zero where there is none."""
    there = (ids != 0)[..., None]
    return (table[ids] * there).sum(1) / np.maximum(there.sum(1), 1)


def weights_by_path(model):
    return {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}


def test_prediction_is_equations_1_to_4_of_the_paper():
    model = randomised(deepfm(FIELDS, embedding_dim=3, hidden=(6, 4), dropout=0.0))
    batch = inputs()
    weights = weights_by_path(model)

    def table(name, part):
        return next(value for path, value in weights.items() if path.startswith(f"{name}_{part}"))

    def vectors(part):
        return [
            batch["age"] @ table("age", part) if name == "age" else mean_of_rows(table(name, part), batch[name])
            for name in FIELDS
        ]

    v = np.stack(vectors("embedding"), 1)
    second_order = sum(
        (v[:, i] * v[:, j]).sum(-1, keepdims=True) for i in range(len(FIELDS)) for j in range(i + 1, len(FIELDS))
    )
    first_order = sum(vectors("linear"))
    deep = v.reshape(len(v), -1)
    dense = [value for path, value in weights.items() if "embedding" not in path and "linear" not in path.split("/")[0]]
    kernels = [value for value in dense if value.ndim == 2]
    biases = [value for value in dense if value.ndim == 1]
    assert [kernel.shape for kernel in kernels] == [(12, 6), (6, 4), (4, 1)]
    for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):
        deep = np.maximum(deep @ kernel + bias, 0)
    logit = deep @ kernels[-1] + biases[-1] + first_order + second_order
    predicted = keras.ops.convert_to_numpy(model(batch))
    np.testing.assert_allclose(predicted, 1 / (1 + np.exp(-logit)), atol=1e-5)


def test_an_absent_field_has_no_part_in_linear_term_and_interactions():
    whole = deepfm(FIELDS, embedding_dim=3, hidden=(6, 4), missing_modalities=True)
    terms = keras.Model(
        whole.input, [whole.get_layer("linear_fields").output, whole.get_layer("factorization_machine").output]
    )
    randomised(whole)
    nothing = {**inputs(), "presence": np.zeros((5, 4), "float32")}
    for term in terms(nothing):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(term), 0)


def test_an_embedding_penalty_is_the_sum_of_the_squares():
    model = deepfm({"user": Categorical(9), "tags": MultiCategorical(7, 3)}, embedding_dim=3, embedding_l2=0.5)
    squares = sum((value**2).sum() for path, value in weights_by_path(model).items() if "_embedding" in path)
    np.testing.assert_allclose(float(sum(model.losses)), 0.5 * squares, rtol=1e-5)


def test_prediction_is_the_reference():
    arrays = golden("deepfm")
    sizes = {"user": 9, "item": 7, "day": 5}
    fields = {name: Categorical(size) for name, size in sizes.items()}
    model = deepfm(fields, embedding_dim=3, hidden=(6, 4), dropout=0.0)
    for name in fields:
        model.get_layer(f"{name}_embedding").embeddings.assign(arrays[f"sparse_emb_{name}/embeddings"])
        model.get_layer(f"{name}_linear").embeddings.assign(arrays[f"linear0sparse_emb_{name}/embeddings"])
    for layer, number in ((model.get_layer("joint").projection, 0), (model.get_layer("deep_2"), 1)):
        layer.kernel.assign(arrays[f"dnn/kernel{number}"])
        layer.bias.assign(arrays[f"dnn/bias{number}"])
    model.get_layer("score_from_joint").kernel.assign(arrays["dense/kernel"])
    model.get_layer("score_from_joint").bias.assign(arrays["prediction_layer/global_bias"])
    ids = {name: arrays[f"input_{name}"][:, None] for name in fields}
    assert_as_reference(model(ids), arrays["output"])
