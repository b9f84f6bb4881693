"""Run as a script: ask a SavedModel with TensorFlow alone. FOLDER, asked.json, answered.json are its arguments."""

from __future__ import annotations

import json
import sys
from typing import Any

HIDDEN = {"keras", "tf_keras", "keras_hub", "multimodal_zoo"}


class Without:
    """A finder that does not find Keras or this package."""

    def __init__(self, finder: Any) -> None:
        self.finder = finder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.split(".")[0] in HIDDEN else self.finder.find_spec(name, path, target)


def from_hex(value: Any) -> Any:
    """The bytes of hexadecimal digits, in lists as they stand."""
    return [from_hex(one) for one in value] if isinstance(value, list) else bytes.fromhex(value)


def main() -> None:
    sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    import tensorflow as tf

    folder, asked, answered = sys.argv[1:]
    served = tf.saved_model.load(folder)
    raw = {}
    with open(asked) as file:
        for key, value in json.load(file).items():
            if value["dtype"] == "bytes":
                raw[key] = tf.constant(from_hex(value["values"]))
            else:
                raw[key] = tf.constant(value["values"], value["dtype"])
    answers = {}
    for name in ("serving_default", "embed", "explain"):
        outputs = served.signatures[name](**raw)
        answers[name] = {key: value.numpy().tolist() for key, value in outputs.items() if value.dtype != tf.string}
    with open(answered, "w") as file:
        json.dump(answers, file)
    imported = {name.split(".")[0] for name in sys.modules}
    assert not imported & HIDDEN, imported & HIDDEN


if __name__ == "__main__":
    main()
