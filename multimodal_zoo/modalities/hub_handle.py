"""A network from TensorFlow Hub or a SavedModel, as a frozen or trainable layer."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import keras


def hub_handle(
    handle: str,
    endpoint: str = "__call__",
    output: str | None = None,
    trainable: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes an encoder of a SavedModel, from a folder or by its handle on TensorFlow Hub.

    TensorFlow only. A `.keras` file with it loads only with `safe_mode=False`, since whoever wrote it chose the
    SavedModel that then runs, and it names the folder of the SavedModel, which is not in it: for a bundle or a
    registered model take a network of Keras. An export to a SavedModel contains it whole.

    Args:
        handle: a folder with a `saved_model.pb`, or what `tensorflow_hub.resolve` takes, such as
            "https://tfhub.dev/google/nnlm-en-dim50/2".
        endpoint: what to call: "__call__", "serve" (of `keras.Model.export`) or a signature.
        output: which of several named outputs to take; None takes the only one.
        trainable: whether its variables learn.
        name: name of the layer.

    Returns:
        A callable that maps what the network takes to what it answers, such as (batch, width).

    Raises:
        ImportError: if the handle is no folder and tensorflow-hub is not installed.
        ValueError: if there is no such endpoint, or it has several outputs and `output` names none of them.

    Example:
        >>> hub_handle("https://tfhub.dev/google/nnlm-en-dim50/2")(texts)
    """
    layer = keras.layers.TFSMLayer(_folder(handle), call_endpoint=endpoint, trainable=trainable, name=name)

    def call(inputs: Any) -> Any:
        answer = layer(inputs)
        if not isinstance(answer, dict):
            return answer
        chosen = next(iter(answer)) if output is None and len(answer) == 1 else output
        if chosen not in answer:
            raise ValueError(f"{handle}: {endpoint!r} has the outputs {sorted(answer)}; received output={output!r}.")
        return answer[chosen]

    return call


def _folder(handle: str) -> str:
    if os.path.isdir(handle):
        return handle
    try:
        import tensorflow_hub
    except ImportError as error:
        raise ImportError(
            f"{handle!r} is no folder, so TensorFlow Hub is asked for it, and tensorflow-hub is not installed: "
            "run `pip install tensorflow-hub`."
        ) from error
    return tensorflow_hub.resolve(handle)
