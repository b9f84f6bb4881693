"""A convolution whose gradient takes a processor less time."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def convolution_by_shifts(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A convolution that keeps the size of the images, as `tf.nn.conv2d` has it.

    The numbers are those of `tf.nn.conv2d`, up to rounding, and so is the way to them but for one: the gradient of the
    kernel is a product of two matrices for each of its places, pixels by channels, the one shifted against the other.
    The products go through all cores at the speed of a large product, which oneDNN's gradient of a kernel does not.
    How much time that saves is in `benchmarks/results/pictures.json`.

    Args:
        images: (batch, height, width, channels); all but the batch are known.
        kernel: (rows, columns, channels, filters), rows and columns odd.

    Returns:
        (batch, height, width, filters).

    Example:
        >>> convolution_by_shifts(tf.ones((1, 4, 4, 2)), tf.ones((3, 3, 2, 5))).shape
        TensorShape([1, 4, 4, 5])
    """
    # Values: a function with a gradient of its own takes no variables.
    return convolved(tf.convert_to_tensor(images), tf.convert_to_tensor(kernel))


@tf.custom_gradient
def convolved(
    images: tf.Tensor, kernel: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
    """As `convolution_by_shifts`, with the function that makes the gradients."""

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        of_images = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(images), filter=kernel, out_backprop=upstream, strides=[1] * 4, padding="SAME"
        )
        return of_images, gradient_of_kernel(images, upstream, tuple(kernel.shape[:2]))

    return tf.nn.conv2d(images, kernel, 1, "SAME"), gradient


def gradient_of_kernel(images: tf.Tensor, upstream: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Where a kernel of this size is to move, `(rows, columns, channels, filters)`.

    Args:
        images: (batch, height, width, channels) that were read.
        upstream: (batch, height, width, filters), the gradient of what came out.
        size: rows and columns of the kernel, odd.
    """
    down, right = (one // 2 for one in size)
    row = images.shape[2] + right

    def pixels(tensor: tf.Tensor) -> tf.Tensor:
        """All pixels in one line. What is shifted over an edge meets the zeros behind each row and each image."""
        return tf.reshape(tf.pad(tensor, [[0, 0], [0, down], [0, right], [0, 0]]), [-1, tensor.shape[-1]])

    read, told = pixels(images), pixels(upstream)
    count = tf.shape(read)[0]

    def shifted(by: int) -> tf.Tensor:
        one, other = read[max(by, 0) : count + min(by, 0)], told[max(-by, 0) : count - max(by, 0)]
        return tf.matmul(one, other, transpose_a=True)

    places = [shifted(i * row + j) for i in range(-down, down + 1) for j in range(-right, right + 1)]
    return tf.reshape(tf.stack(places), [*size, images.shape[-1], upstream.shape[-1]])
