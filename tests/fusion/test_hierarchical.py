"""Hierarchical fusion: which groups there are, and what an empty one says."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import Hierarchical
from tests.fusion.equations import expected
from tests.fusion.numpy_layers import dense
from tests.fusion.test_operator_equations import every_subset, made


@pytest.mark.parametrize(
    ("names", "tree"),
    [
        (("a",), "a"),
        (("a", "b"), ["a", "b"]),
        (("a", "b", "c"), [["a", "b"], ["a", "c"], ["b", "c"]]),
    ],
)
def test_by_default_all_pairs_and_then_the_whole(names, tree):
    operator = Hierarchical(4, names)
    assert operator.tree == tree and operator.get_config()["groups"] is None


def test_levels_as_deep_as_the_groups_say():
    groups = [["m0", ["m1", "m2"]], "m0"]
    presence = every_subset(3)
    operator, encodings = made("hierarchical", 3, with_presence=True, rows=8, groups=groups)
    assert [weight.shape for weight in operator.group_weights] == [(2, 6)] * 3
    found = ops.convert_to_numpy(operator(encodings, presence=presence))
    np.testing.assert_allclose(found, expected("hierarchical", operator, encodings, presence), atol=1e-5)
    # Without m1 and m2 the inner group is absent: its bias is not heard.
    alone = [row for row, there in enumerate(presence) if there.tolist() == [1, 0, 0]][0]
    g = np.tanh(dense(operator.projections["m0"], encodings["m0"][alone]))
    outer, inner = (ops.convert_to_numpy(operator.group_weights[number]) for number in (0, 1))
    outer_bias, inner_bias = (ops.convert_to_numpy(operator.group_biases[number]) for number in (0, 1))
    wanted = np.tanh(outer[0] * np.tanh(inner[0] * g + inner_bias) + outer[1] * g + outer_bias)
    np.testing.assert_allclose(found[alone], wanted, atol=1e-5)


def test_groups_of_tuples_are_kept_as_lists():
    operator = Hierarchical(4, ("a", "b", "c"), groups=(("a", "b"), "c"))
    assert operator.get_config()["groups"] == [["a", "b"], "c"]
    assert Hierarchical.from_config(operator.get_config()).tree == [["a", "b"], "c"]
