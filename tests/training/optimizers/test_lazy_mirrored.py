"""Two replicas update the rows that either of them looked up, as one process does with the whole batch."""

import keras
import pytest
from training.own_process import run_in_own_process

if keras.backend.backend() != "tensorflow":
    pytest.skip("strategies are TensorFlow's", allow_module_level=True)

SCRIPT = """
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import keras, numpy as np
from multimodal_zoo.training.optimizers import {lazy}
from training.optimizers.tables import records, table_network, table_of, trained
data = records()
settings = {settings}
alone = trained({lazy}(0.05, **settings), data)
with strategy.scope():
    shared = trained({lazy}(0.05, **settings), data)
assert shared.distribute_strategy.num_replicas_in_sync == 2
for one, other in zip(alone.get_weights(), shared.get_weights(), strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)
print("moved", float(abs(table_of(alone) - table_of(table_network())).max()))
"""


@pytest.mark.parametrize("lazy", ["LazyAdam", "LazyAdagrad", "LazyFtrl"])
def test_the_same_weights_as_one_process(lazy):
    done = run_in_own_process(SCRIPT.format(lazy=lazy, settings={}))
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) > 0.01
