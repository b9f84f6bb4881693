import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import SoftSharing, soft_sharing_penalty
from tests.gradients import input_gradient

WEIGHTS = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")


def nuclear(matrix):
    return np.linalg.norm(matrix, "nuc")


def expected(norm):
    tasks_last = np.moveaxis(WEIGHTS, 0, -1)
    if norm == "l2":
        return sum(((WEIGHTS[s] - WEIGHTS[t]) ** 2).sum() for s in range(3) for t in range(s))
    if norm == "last_axis_flattening":
        return nuclear(WEIGHTS.reshape(3, -1))
    if norm == "tucker":
        return sum(nuclear(np.moveaxis(tasks_last, axis, 0).reshape(tasks_last.shape[axis], -1)) for axis in range(3))
    return nuclear(tasks_last.reshape(4, 15)) + nuclear(tasks_last.reshape(20, 3))


@pytest.mark.parametrize("norm", ["l2", "last_axis_flattening", "tucker", "tensor_train"])
def test_against_the_formulas(norm):
    assert float(SoftSharing(0.1, norm)(WEIGHTS)) == pytest.approx(0.1 * expected(norm), rel=1e-5)
    assert float(soft_sharing_penalty(list(WEIGHTS), 0.1, norm)) == pytest.approx(0.1 * expected(norm), rel=1e-5)


@pytest.mark.parametrize("norm", ["l2", "last_axis_flattening", "tucker", "tensor_train"])
@pytest.mark.parametrize("value", [0.0, 1e6])
def test_equal_tasks_have_a_finite_gradient(norm, value):
    gradient = input_gradient(SoftSharing(1.0, norm), np.full((3, 2, 4), value, "float32"))
    assert np.isfinite(gradient).all()


def test_the_trace_norm_of_equal_tasks_is_that_of_one_factor():
    """Rank 1 over the tasks: the root of their number times the length of one."""
    weights = np.tile(WEIGHTS[:1], (3, 1, 1))
    got = float(SoftSharing(1.0, "last_axis_flattening")(weights))
    assert got == pytest.approx(np.sqrt(3) * np.linalg.norm(WEIGHTS[0]), rel=1e-5)
    assert float(SoftSharing(1.0, "l2")(weights)) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("norm", ["tucker", "tensor_train"])
def test_a_network_is_drawn_to_few_factors_by_it(norm):
    inputs = keras.Input((4,))
    regularizer = SoftSharing(10.0, norm)
    tasks = keras.layers.EinsumDense("bi,tio->bto", (3, 5), kernel_regularizer=regularizer, name="tasks")
    model = keras.Model(inputs, tasks(inputs))
    kernel = model.get_layer("tasks").kernel
    kernel.assign(WEIGHTS)
    model.compile(keras.optimizers.SGD(0.01), loss="mse")
    model.fit(np.zeros((8, 4)), np.zeros((8, 3, 5)), batch_size=2, verbose=0)
    assert float(regularizer(kernel)) < 0.9 * float(regularizer(WEIGHTS))


def test_it_regularises_the_stacked_kernel_of_a_layer_of_keras():
    layer = keras.layers.EinsumDense("bi,tio->bto", (3, 5), kernel_regularizer=SoftSharing(0.1, "tucker"))
    inputs = np.ones((2, 4), "float32")
    assert layer(inputs).shape == (2, 3, 5)
    layer.kernel.assign(WEIGHTS)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(inputs))[0], WEIGHTS.sum(1), rtol=1e-5, atol=1e-5)
    assert float(layer.losses[0]) == pytest.approx(0.1 * expected("tucker"), rel=1e-5)
    again = keras.layers.EinsumDense.from_config(layer.get_config()).kernel_regularizer
    assert isinstance(again, SoftSharing) and again.get_config() == {"weight": 0.1, "norm": "tucker"}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="norm must be one of"):
        SoftSharing(norm="nuclear")
    with pytest.raises(ValueError, match=r"\(tasks, ...\)"):
        SoftSharing()(np.zeros(3))
    with pytest.raises(ValueError, match="all of one shape"):
        soft_sharing_penalty([np.zeros((2, 2)), np.zeros((2, 3))])
