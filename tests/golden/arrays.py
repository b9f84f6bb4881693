"""What public reference implementations answered on small random weights; README.md says which, and how."""

from pathlib import Path

import numpy as np
from keras import ops

HERE = Path(__file__).parent


def golden(name):
    """The arrays of one reference by name: its inputs, its weights under their own names, and its answers."""
    with np.load(HERE / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def set_dense(layer, arrays, name):
    """Gives a Dense layer the weights of a PyTorch linear map, (outputs, inputs) and (outputs,)."""
    layer.kernel.assign(arrays[f"{name}.weight"].T)
    if layer.use_bias:
        layer.bias.assign(arrays[f"{name}.bias"])


def linear(arrays, name, x):
    """A linear map of the reference that we have outside the operator."""
    return ops.convert_to_numpy(x) @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]


def assert_as_reference(found, wanted):
    """Equal to 1e-4, relatively where numbers are above 1; a reference of zeros would prove nothing."""
    assert np.abs(wanted).max() > 1e-2
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-4, atol=1e-4)
