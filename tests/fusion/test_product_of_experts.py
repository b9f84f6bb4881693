"""The product of Gaussian experts, against densities multiplied point by point."""

import numpy as np
from keras import ops

from multimodal_zoo.fusion import ProductOfExperts
from tests.fusion.test_operator_equations import made


def test_the_mean_of_the_product_of_the_densities():
    operator, encodings = made("product_of_experts", 3, with_presence=False, rows=2)
    points = np.linspace(-40, 40, 400_001)
    found = ops.convert_to_numpy(operator(encodings))
    for row, feature in ((0, 0), (1, 5)):
        log_density = -(points**2) / 2
        for name in operator.modalities:
            one = encodings[name][row : row + 1]
            mean = ops.convert_to_numpy(operator.means[name](one))[0, feature]
            precision = np.exp(ops.convert_to_numpy(operator.log_precisions[name](one))[0, feature])
            log_density = log_density - precision * (points - mean) ** 2 / 2
        density = np.exp(log_density - log_density.max())
        np.testing.assert_allclose(found[row, feature], (density * points).sum() / density.sum(), atol=1e-5)


def test_the_surest_expert_decides_however_sure_it_is():
    operator = ProductOfExperts(1, ("a", "b"))
    given = {name: np.ones((1, 1), "float32") for name in ("a", "b")}
    operator(given)
    for name, mean, log_precision in (("a", 3.0, 1e4), ("b", -5.0, 50.0)):
        operator.means[name].kernel.assign([[mean]])
        operator.log_precisions[name].kernel.assign([[log_precision]])
    np.testing.assert_allclose(ops.convert_to_numpy(operator(given)), [[3.0]])
    operator.log_precisions["a"].kernel.assign([[-1e4]])
    operator.log_precisions["b"].kernel.assign([[-1e4]])
    np.testing.assert_allclose(ops.convert_to_numpy(operator(given)), [[0.0]])
