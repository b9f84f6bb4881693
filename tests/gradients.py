"""Gradients as NumPy arrays on whichever backend Keras runs."""

import keras
import numpy as np


def weight_gradients(layer, *inputs, loss, **arguments):
    """Gradients of `loss(layer(*inputs, **arguments))`, plus what the layer itself adds to the loss.

    By the trainable weights, as a dict by their paths.
    """
    variables = layer.trainable_variables
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value = loss(layer(*inputs, **arguments)) + sum(layer.losses)
        found = tape.gradient(value, [variable.value for variable in variables])
        # A gradient by an embedding arrives as slices of the table.
        found = [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in found]
    elif keras.backend.backend() == "jax":
        import jax

        fixed = [variable.value for variable in layer.non_trainable_variables]

        def value_of(values):
            outputs, _, added = layer.stateless_call(values, fixed, *inputs, return_losses=True, **arguments)
            return loss(outputs) + sum(added)

        found = jax.grad(value_of)([variable.value for variable in variables])
    else:
        raise ValueError(f"No gradients for the backend {keras.backend.backend()!r}: run with tensorflow or jax.")
    return {
        variable.path: None if gradient is None else np.asarray(gradient).astype("float64")
        for variable, gradient in zip(variables, found, strict=True)
    }


def input_gradient(function, tensor):
    """Gradient of the scalar `function(tensor)` by the tensor."""
    tensor = keras.ops.convert_to_tensor(tensor)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensor)
            value = function(tensor)
        return np.asarray(tape.gradient(value, tensor)).astype("float64")
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(function)(tensor)).astype("float64")
    raise ValueError(f"No gradients for the backend {keras.backend.backend()!r}: run with tensorflow or jax.")
