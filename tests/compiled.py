"""A function that is asked often, as the backend compiles it: operations one by one take most of such a test's time."""

import keras


def compiled(function):
    """`function` traced once for each form of its arguments; it takes and gives arrays and dicts of arrays."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        traced = tf.function(function, autograph=False)

        return lambda *arguments: traced(*tf.nest.map_structure(tf.convert_to_tensor, arguments))
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    raise ValueError(f"No compiler for the backend {keras.backend.backend()!r}: run with tensorflow or jax.")
