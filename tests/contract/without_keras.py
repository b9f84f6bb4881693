"""Run as a script: ask SavedModels with TensorFlow alone.

One request a line on standard input, {"folder", "asked"}; one answer a line on standard output, the outputs of each
signature that takes raw values, or {"error"}.
"""

from __future__ import annotations

import json
import sys
import traceback
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


def answers(tf: Any, folder: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Load one artefact and ask its signatures."""
    served = tf.saved_model.load(folder)
    raw = {}
    for key, value in asked.items():
        if value["dtype"] == "bytes":
            raw[key] = tf.constant(from_hex(value["values"]))
        else:
            raw[key] = tf.constant(value["values"], value["dtype"])
    found = {}
    for name in ("serving_default", "embed", "explain"):
        outputs = served.signatures[name](**raw)
        found[name] = {key: value.numpy().tolist() for key, value in outputs.items() if value.dtype != tf.string}
    imported = {name.split(".")[0] for name in sys.modules}
    assert not imported & HIDDEN, imported & HIDDEN
    return found


def main() -> None:
    sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    import tensorflow as tf

    for line in sys.stdin:
        try:
            answer = answers(tf, **json.loads(line))
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
