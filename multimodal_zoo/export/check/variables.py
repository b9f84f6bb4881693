"""The check of the variables: every one can be read from the checkpoint of the SavedModel, whole."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from multimodal_zoo.export.check.report import Check, a_few, judged

VARIABLES = "variables"
PREFIX = "variables/variables"


def check_variables(folder: Path) -> Check:
    """Read every variable once. TensorFlow compares each with the checksum beside it."""
    index = folder / f"{PREFIX}.index"
    if not index.is_file():
        return judged(VARIABLES, [f"{index} is missing: there are no variables to load. Export the model anew."], "")
    faults: list[str] = []
    count = 0
    try:
        reader = tf.train.load_checkpoint(str(folder / PREFIX))
        for name in sorted(reader.get_variable_to_shape_map()):
            count += 1
            faults += unreadable(reader, name)
    # The bindings raise whatever TensorFlow's status turns into: RuntimeError, IndexError, ValueError.
    except Exception as error:
        faults.append(f"{index} cannot be read, it is truncated or was changed ({first_line(error)}).")
    told = [*a_few(faults), "Copy or export the model anew."] if faults else []
    return judged(VARIABLES, told, f"{count} variables, each whole.")


def unreadable(reader: tf.train.CheckpointReader, name: str) -> list[str]:
    """Nothing, or what is wrong with a variable."""
    try:
        reader.get_tensor(name)
    except Exception as error:
        return [f"Variable {name} cannot be read, its file is missing, truncated or was changed ({first_line(error)})."]
    return []


def first_line(error: Exception) -> str:
    """What an error says, without what TensorFlow adds below."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
