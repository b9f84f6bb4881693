"""Answers with the exact Shapley value of each of so many modalities, as the signature `explain` computes them.

python explain_keras.py MODALITIES BATCH
"""

from __future__ import annotations

import sys
import time

# Before TensorFlow, so that it chooses oneDNN.
import multimodal_zoo as mz  # isort: skip
import numpy as np  # isort: skip
import tensorflow as tf  # isort: skip
from bursts import answer_bursts  # isort: skip

from multimodal_zoo.export.saved_model import ServedNetwork  # isort: skip
from multimodal_zoo.training import Bundle  # isort: skip

IDS = [str(number) for number in range(1000)]


def main() -> None:
    """Explain the answers of an untrained network: its weights do not change the work."""
    count, batch = map(int, sys.argv[1:3])
    model = mz.deepfm(
        {f"field_{number}": mz.Categorical(len(IDS) + 2) for number in range(count)}, missing_modalities=True
    )
    modalities = {name: modality.adapt(IDS) for name, modality in model.modalities.items()}
    network = ServedNetwork(Bundle(model, modalities, (), model.card, {"seed": 0, "epochs": 0}))
    explain = tf.function(network.explain)
    draw = np.random.default_rng(0)
    request = {name: tf.constant(draw.choice(IDS, batch).tolist()) for name in modalities}

    def run(answers: int) -> list[float]:
        ends = []
        for _ in range(answers):
            explain(request)["presence"].numpy()
            ends.append(time.perf_counter())
        return ends

    answer_bursts(run)


main()
