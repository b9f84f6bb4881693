"""What it costs that one broken image cannot break a batch: the safe decoder against TensorFlow's own, same images.

Both run in turns in one process; the figures are ratios of medians.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))

from machine import environment  # noqa: E402

from multimodal_zoo.modalities import Image  # noqa: E402

ROUNDS = 40
SIDE = 512


def jpegs(count: int) -> list[bytes]:
    """Smooth random pictures, compressed as a camera would."""
    random = np.random.default_rng(0)
    small = random.integers(0, 256, (count, 16, 16, 3)).astype("uint8")
    large = tf.cast(tf.clip_by_value(tf.image.resize(small, (SIDE, SIDE), "bicubic"), 0, 255), tf.uint8)
    return [tf.io.encode_jpeg(one, quality=90).numpy() for one in large]


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> None:
    """Measure and write `benchmarks/results/decoding.json`."""
    image = Image(128, 128, 3)
    spec = [tf.TensorSpec([None], tf.string)]
    safe = tf.function(lambda raw: image.decode(raw).tensor, input_signature=spec)
    plain = tf.function(
        lambda raw: tf.map_fn(image.decode_one, raw, fn_output_signature=tf.float32), input_signature=spec
    )
    rows, samples = [], {}
    for batch in (1, 16, 64):
        raw = tf.constant(jpegs(batch))
        np.testing.assert_array_equal(safe(raw), plain(raw))
        times = np.array([[seconds(lambda r=raw: safe(r)), seconds(lambda r=raw: plain(r))] for _ in range(ROUNDS)])
        samples[str(batch)] = times.tolist()
        safe_ms, plain_ms = np.median(times, 0) * 1e3
        low, high = np.quantile(times[:, 0] / times[:, 1], [0.25, 0.75])
        rows.append([batch, f"{safe_ms:.1f}", f"{plain_ms:.1f}", f"{safe_ms / plain_ms:.2f} [{low:.2f}, {high:.2f}]"])
    table = {
        "title": f"JPEG {SIDE} px to 128 px, all images sound",
        "columns": [
            "images in the batch",
            "safe decoder, ms",
            "plain decoder, ms",
            "ratio of medians [quartiles]",
        ],
        "rows": rows,
        "note": "The plain decoder fails the whole batch at the first broken image.",
    }
    for row in rows:
        print(*row, sep="\t")
    document = {
        "title": "Decoding",
        "protocol": f"{ROUNDS} rounds, alternating",
        "command": "make bench",
        "environment": environment(),
        "tables": [table],
        "samples": samples,
    }
    Path(__file__).with_name("results").joinpath("decoding.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
