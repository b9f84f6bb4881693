"""Convert the trunk of a bundle to ONNX: `python benchmarks/serving_to_onnx.py BUNDLE FILE`; needs tf2onnx."""

from __future__ import annotations

import sys

import tensorflow as tf
import tf2onnx

from multimodal_zoo.training import load_bundle


def main() -> None:
    """Tensors in under the names of the modalities, the prediction out."""
    bundle = load_bundle(sys.argv[1])
    names = list(bundle.model.input)
    specs = [tf.TensorSpec(one.shape, one.dtype, name=name) for name, one in bundle.model.input.items()]

    @tf.function(autograph=False)
    def trunk(*tensors: tf.Tensor) -> tf.Tensor:
        return bundle.model(dict(zip(names, tensors, strict=True)), training=False)

    tf2onnx.convert.from_function(trunk, input_signature=specs, opset=17, output_path=sys.argv[2])


if __name__ == "__main__":
    main()
