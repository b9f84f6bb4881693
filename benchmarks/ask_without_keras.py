"""Ask an exported network one raw record in a process that has TensorFlow and neither Keras nor this package.

    python benchmarks/ask_without_keras.py saved_models/deepfm/1 record.json

The record is `{"input name": value}`; values of inputs that end in `_bytes` are base64, as TF Serving's REST has it.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any


class WithoutKeras:
    """A finder that does not find Keras or this package, so that nothing can lean on them unseen."""

    def __init__(self, finder: Any) -> None:
        self.finder = finder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Ask the real finder, except for the hidden names."""
        hidden = name.split(".")[0] in {"keras", "tf_keras", "keras_hub", "multimodal_zoo"}
        return None if hidden else self.finder.find_spec(name, path, target)


def decoded(value: Any) -> Any:
    """The bytes of base64, in lists as they stand."""
    return [decoded(one) for one in value] if isinstance(value, list) else base64.b64decode(value)


def main() -> None:
    """Load, ask, print the answer as one line of JSON."""
    sys.meta_path[:] = [WithoutKeras(finder) for finder in sys.meta_path]
    import tensorflow as tf

    folder, record_file = sys.argv[1:]
    with open(record_file, encoding="utf-8") as file:
        record = json.load(file)
    served = tf.saved_model.load(folder)
    asked = {}
    for name, spec in served.signatures["serving_default"].structured_input_signature[1].items():
        value = record[name]
        asked[name] = tf.constant([decoded(value) if name.endswith("_bytes") else value], spec.dtype)
    answer = {}
    for name, tensor in served.signatures["serving_default"](**asked).items():
        value = tensor.numpy()[0]
        answer[name] = value.decode() if isinstance(value, bytes) else value.tolist()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
