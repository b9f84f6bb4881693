"""The metrics of Keras' kind over two replicas: the same figure as in one piece, the last batch smaller."""

import json

import pytest
from training.own_process import run_in_own_process

pytest.importorskip("tensorflow")

OVER_REPLICAS = """
import json
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import numpy as np, tensorflow as tf
from multimodal_zoo.metrics import *
assert strategy.num_replicas_in_sync == 2
random = np.random.default_rng(0)
lists = random.integers(0, 2, (37, 6)).astype("float32"), random.normal(size=(37, 6)).astype("float32")
series = random.normal(300, 2, (37, 6)), random.normal(300, 2, (37, 6))
series = series[0].astype("float32"), (0.5 * series[0] + 0.5 * series[1]).astype("float32")
sure = random.uniform(size=(37, 3))
classes = random.integers(0, 3, 37).astype("int32"), (sure / sure.sum(1, keepdims=True)).astype("float32")
asked = [(MeanReciprocalRank, lists), (NDCG, lists), (lambda: RecallAtK(2), lists), (BrierScore, classes)]
asked += [(ExpectedCalibrationError, classes), (RootRelativeSquaredError, series)]
asked += [(lambda: EmpiricalCorrelation(6), series)]
figures = {}
for make, pair in asked:
    whole = make()
    whole.update_state(*pair)
    with strategy.scope():
        metric = make()
    step = tf.function(lambda truth, answers: strategy.run(metric.update_state, (truth, answers)))
    for truth, answers in strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices(pair).batch(10)):
        step(truth, answers)
    figures[metric.name] = [float(whole.result()), float(metric.result())]
print(json.dumps(figures))
"""


def test_the_figure_over_replicas_is_that_of_one():
    done = run_in_own_process(OVER_REPLICAS)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert len(figures) == 7
    for name, (whole, over_replicas) in figures.items():
        assert 0 < whole < 2, name
        assert over_replicas == pytest.approx(whole, rel=1e-5), name
