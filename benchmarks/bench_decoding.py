"""What it costs that one broken image cannot break a batch: the safe decoder against TensorFlow's own, same images.

Both run in turns in one process, alone and as the first step of the exported network; the ratios are of medians.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))

from experiment import write_result  # noqa: E402
from made_up_pictures import made_up_jpeg  # noqa: E402

from multimodal_zoo.modalities import Image, Text  # noqa: E402
from multimodal_zoo.models import lstnet_diagnosis  # noqa: E402

ROUNDS = 60
SIDE = 512


def jpegs(count: int) -> list[bytes]:
    """So many made-up photographs."""
    draw = np.random.default_rng(0)
    return [made_up_jpeg(draw, SIDE, SIDE, cells=16) for _ in range(count)]


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def measure(
    title: str, safe: Callable[[tf.Tensor], object], plain: Callable[[tf.Tensor], object]
) -> tuple[dict[str, object], dict[str, list]]:
    """One table, and the raw samples."""
    rows, samples = [], {}
    for batch in (1, 16, 64):
        raw = tf.constant(jpegs(batch))
        np.testing.assert_allclose(safe(raw), plain(raw), atol=1e-6)
        times = np.array([[seconds(lambda r=raw: safe(r)), seconds(lambda r=raw: plain(r))] for _ in range(ROUNDS)])
        samples[str(batch)] = times.tolist()
        safe_ms, plain_ms = np.median(times, 0) * 1e3
        low, high = np.quantile(times[:, 0] / times[:, 1], [0.25, 0.75])
        rows.append([batch, f"{safe_ms:.1f}", f"{plain_ms:.1f}", f"{safe_ms / plain_ms:.2f} [{low:.2f}, {high:.2f}]"])
    table = {
        "title": title,
        "columns": ["images in the batch", "safe, ms", "plain, ms", "ratio of medians [quartiles]"],
        "rows": rows,
        "note": "Plain: one broken image fails the whole batch, and none is too large.",
    }
    return table, samples


def main() -> None:
    """Measure and write `benchmarks/results/decoding.json`."""
    image, report = Image(128, 128, 3), Text(100, 8)
    network = lstnet_diagnosis(image, report, filters=(16, 32, 64))
    spec = [tf.TensorSpec([None], tf.string)]

    def plain_decoder(raw: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(image.decode_one, raw, fn_output_signature=tf.float32)

    def safe_decoder(raw: tf.Tensor) -> tf.Tensor:
        return image.decode(raw).tensor

    def answer(decoder: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], tf.Tensor]:
        def answered(raw: tf.Tensor) -> tf.Tensor:
            return network({"image": decoder(raw), "report": tf.ones((tf.shape(raw)[0], 8), tf.int32)}, training=False)

        return answered

    def graph(function: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], tf.Tensor]:
        return tf.function(function, input_signature=spec, autograph=False)

    tables, samples = [], {}
    for title, safe, plain in (
        (f"Decoding JPEGs of {SIDE} px to 128 px, all sound", safe_decoder, plain_decoder),
        ("The whole answer of `lstnet_diagnosis`, three convolutions", answer(safe_decoder), answer(plain_decoder)),
    ):
        table, samples[title] = measure(title, graph(safe), graph(plain))
        tables.append(table)
        for row in table["rows"]:
            print(title, *row, sep="\t")
    write_result("decoding", "Safe decoding", f"{ROUNDS} rounds, alternating", tables, samples, command="make bench")


if __name__ == "__main__":
    main()
