"""FiLM: who modulates whom."""

import numpy as np
from keras import ops

from tests.fusion.test_operator_equations import made


def test_the_named_modality_is_modulated_by_the_others_side_by_side():
    operator, encodings = made("film", 3, with_presence=False, modulated="m1")
    both = np.concatenate([encodings["m0"], encodings["m2"]], axis=1)
    scale, shift = (
        both @ np.concatenate([ops.convert_to_numpy(layers[name].kernel) for name in ("m0", "m2")])
        for layers in (operator.scales, operator.shifts)
    )
    features = ops.convert_to_numpy(operator.projection(encodings["m1"]))
    np.testing.assert_allclose(ops.convert_to_numpy(operator(encodings)), (1 + scale) * features + shift, atol=1e-4)


def test_what_is_absent_neither_scales_nor_shifts_nor_is_modulated():
    operator, encodings = made("film", 2, with_presence=True)
    presence = np.float32([[1, 0], [0, 1]] * 4)
    found = ops.convert_to_numpy(operator(encodings, presence=presence))
    features = ops.convert_to_numpy(operator.projection(encodings["m0"]))
    shift = ops.convert_to_numpy(operator.shifts["m1"](encodings["m1"]))
    np.testing.assert_allclose(found[::2], features[::2], atol=1e-5)
    np.testing.assert_allclose(found[1::2], shift[1::2], atol=1e-5)
