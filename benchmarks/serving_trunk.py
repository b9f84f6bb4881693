"""The network of a bundle without its preprocessing, for other runtimes: `serving_trunk.py BUNDLE FOLDER`.

Writes `FOLDER/trunk.onnx`, for which tf2onnx is needed, and the SavedModel `FOLDER/trunk`: OpenVINO reads the loops of
recurrent layers from the latter alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf
import tf2onnx

from multimodal_zoo.training import load_bundle


def main() -> None:
    """Tensors in under the names of the modalities, the prediction out."""
    bundle = load_bundle(sys.argv[1])
    folder = Path(sys.argv[2])
    names = list(bundle.model.input)
    specs = [tf.TensorSpec(one.shape, one.dtype, name=name) for name, one in bundle.model.input.items()]

    @tf.function(autograph=False, input_signature=specs)
    def trunk(*tensors: tf.Tensor) -> tf.Tensor:
        return bundle.model(dict(zip(names, tensors, strict=True)), training=False)

    module = tf.Module()
    module.weights = [variable.value for variable in bundle.model.variables]
    tf.saved_model.save(module, str(folder / "trunk"), signatures=trunk.get_concrete_function())
    tf2onnx.convert.from_function(trunk, input_signature=specs, opset=17, output_path=str(folder / "trunk.onnx"))


if __name__ == "__main__":
    main()
