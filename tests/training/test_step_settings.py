"""How a step is computed: over several batches, in which precision, compiled or not."""

from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.progress import Progress
from training.numbers_model import differences, numbers, numbers_model, weights_of

from multimodal_zoo.datasets import Records
from multimodal_zoo.modalities import Numeric
from multimodal_zoo.models import deepfm
from multimodal_zoo.training import Adversary, fit
from multimodal_zoo.training.adversarial import AdversarialTraining
from multimodal_zoo.training.precision import precision
from multimodal_zoo.unknown_name import UnknownName


def train(random=False, **settings):
    keras.utils.set_random_seed(1)
    settings = {"epochs": 1, "keep": "last", "learning_rate": 0.01, "verbose": 0, **settings}
    return fit(numbers_model(random), (numbers(64, 0), numbers(16, 1)), **settings)


def test_four_batches_added_up_are_one_four_times_as_large():
    small, large = train(batch_size=4, accumulate=4), train(batch_size=16)
    for one, other in zip(small.model.get_weights(), large.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    alone = train(batch_size=4)
    moved = [np.abs(a - b).max() for a, b in zip(small.model.get_weights(), alone.model.get_weights(), strict=True)]
    assert max(moved) > 1e-3, "without adding up, the weights move four times as often"


def test_a_compiled_model_has_its_own_optimiser_to_ask():
    model = numbers_model()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="give its optimiser gradient_accumulation_steps"):
        fit(model, (numbers(16, 0), numbers(8, 1)), batch_size=8, accumulate=2)


def test_several_steps_in_one_call_are_the_same_steps():
    single, three = train(batch_size=16, epochs=2), train(batch_size=16, epochs=2, steps_per_execution=2)
    assert not differences(weights_of(single), weights_of(three))
    assert single.metrics["history"] == three.metrics["history"]


def test_progress_counts_every_step_of_a_call():
    with mock.patch.object(Progress, "update", autospec=True) as update:
        train(batch_size=16, steps_per_execution=2, verbose=1)
    assert [call.kwargs["completed"] for call in update.call_args_list] == [2, 4, 4]


def test_calls_that_would_shift_the_epochs_are_refused():
    with pytest.raises(ValueError, match="steps_per_execution=3 does not divide the 4 steps of an epoch; 1, 2, 4 do"):
        train(batch_size=16, steps_per_execution=3)
    model = numbers_model()
    model.compile("sgd", "sparse_categorical_crossentropy", steps_per_execution=3)
    with pytest.raises(ValueError, match="steps_per_execution=3 does not divide the 2 steps of an epoch; 1, 2 do"):
        fit(model, (numbers(16, 0), numbers(8, 1)), batch_size=8)
    with pytest.raises(ValueError, match="give steps_per_execution to its compile"):
        fit(model, (numbers(16, 0), numbers(8, 1)), batch_size=8, steps_per_execution=2)


def test_the_step_is_compiled_where_that_is_asked_for():
    plain, compiled = train(batch_size=16), train(batch_size=16, jit_compile=True)
    assert compiled.metrics["jit_compile"] is True
    # Left to itself, it is on GPUs alone.
    assert plain.metrics["jit_compile"] is bool(tf.config.list_physical_devices("GPU"))
    for one, other in zip(plain.model.get_weights(), compiled.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision_weights_and_answers_stay_float32(name):
    with precision(name):
        bundle = train(random=True, batch_size=16, epochs=2)
    model = bundle.model
    assert model.get_layer("hidden").compute_dtype == name.removeprefix("mixed_")
    assert {one.dtype for one in model.trainable_variables} == {"float32"} and model.output.dtype == "float32"
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer) == (name == "mixed_float16")
    assert np.isfinite(bundle.metrics["validation"]["log_loss"])


def test_the_policy_is_put_back_and_others_are_refused():
    before = keras.config.dtype_policy().name
    with pytest.raises(RuntimeError), precision("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise RuntimeError
    with precision(None):
        assert keras.config.dtype_policy().name == before
    with pytest.raises(UnknownName, match="Did you mean 'mixed_float16'"), precision("mixed_float61"):
        pass
    assert keras.config.dtype_policy().name == before


def test_a_critic_is_refused_where_the_loss_is_scaled():
    network = numbers_model()
    network.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="no critic in mixed_float16"):
        AdversarialTraining(network, Adversary(keras.layers.Dense(1)))


def test_keras_cannot_recompute_activations_inside_a_compiled_step():
    # Why there is no option for it. Keras hands `training` on by its name, and TensorFlow's `recompute_grad` takes no
    # names in a graph; where it did, a dropout would draw anew when it is recomputed. Once this fails, offer it.
    with keras.RematScope(mode="full"):
        inputs = keras.Input((4,))
        model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(inputs)))
    model.compile("sgd", "mean_squared_error", jit_compile=False)
    with pytest.raises(ValueError, match="supports keywords arguments only when eager execution is enabled"):
        model.train_on_batch(np.ones((2, 4), "float32"), np.ones((2, 1), "float32"))


def test_blocks_compute_again_where_that_is_asked_for_and_only_while_it_trains():
    fields = {"x": Numeric(4), "z": Numeric(2)}
    records = numbers(40, 0)
    clicks = Records(records.columns, records.labels % 2)
    data = clicks.take(np.arange(32)), clicks.take(np.arange(32, 40))
    found = []
    for recompute in (True, False):
        keras.utils.set_random_seed(1)
        model = deepfm(fields, embedding_dim=8, hidden=(8, 4), fusion="cross_modal_transformer")
        bundle = fit(model, data, epochs=2, batch_size=8, keep="last", verbose=0, recompute=recompute)
        assert bundle.metrics["recompute"] is recompute
        assert not any(getattr(layer, "recomputes", False) for layer in model._flatten_layers())
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_network_without_such_blocks_refuses():
    with pytest.raises(ValueError, match="recompute=True is for networks with Transformer blocks; numbers has"):
        train(batch_size=16, recompute=True)
