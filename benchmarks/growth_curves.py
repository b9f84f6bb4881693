"""What is made larger to see how the time of a step and the memory grow with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Curve:
    """One quantity at several sizes, and what is measured at each.

    Args:
        title: of its table and panel.
        size: what the sizes are.
        sizes: ascending.
        lines: name -> script in `contenders` with its arguments, `{size}` among them.
        step: what a step is.
        note: below the table.
        each_more: whether each one more multiplies the work, which then grows faster than any power.
    """

    title: str
    size: str
    sizes: tuple[int, ...]
    lines: Mapping[str, str]
    step: str = "a training step"
    note: str = ""
    each_more: bool = False

    def __post_init__(self) -> None:
        if len(self.sizes) < 4 or any(late <= early for early, late in zip(self.sizes, self.sizes[1:], strict=False)):
            raise ValueError(f"{self.title}: a curve has at least four sizes, ascending; received {self.sizes}.")


ROWS_DIM, ROWS_BATCH, ROWS_IDS = 16, 1024, 8
RECORDS_BATCH = 1024
CURVES = {
    "batch": Curve(
        "Batch size",
        "records a batch",
        (64, 256, 1024, 4096),
        {"deepfm": "deepfm_keras.py zoo 1000000 {size}"},
        note="`deepfm` as for Criteo's data: 26 ids and 13 numbers; a million rows in all, three layers of 400.",
    ),
    "records": Curve(
        "Records of the training split",
        "records",
        (10_000, 20_000, 40_000, 80_000),
        {
            "in memory": f"records_keras.py memory {{size}} {RECORDS_BATCH} {{folder}}",
            "from shards": f"records_keras.py shards {{size}} {RECORDS_BATCH} {{folder}}",
        },
        step=f"a batch of {RECORDS_BATCH} records, without a network",
        note="Eight ids and thirteen numbers a record. In memory they are decoded once, before the first batch.",
    ),
    "rows": Curve(
        "Rows of a table",
        "rows",
        (10_000, 100_000, 1_000_000, 10_000_000),
        {
            "`LazyAdam`": f"tables_keras.py zoo {{size}} {ROWS_DIM} {ROWS_BATCH} {ROWS_IDS}",
            "Keras' table and Adam": f"tables_keras.py keras {{size}} {ROWS_DIM} {ROWS_BATCH} {ROWS_IDS}",
        },
        note=f"{ROWS_IDS} ids in each of {ROWS_BATCH} records, {ROWS_DIM} numbers a row.",
    ),
    "length": Curve(
        "Words of a text",
        "words",
        (64, 128, 256, 512),
        {
            "`lstm_text`": "sequence_keras.py lstm {size} 16",
            "`bigru`": "sequence_keras.py gru {size} 16",
            "`transformer`": "sequence_keras.py attention {size} 16",
        },
        note="16 texts a batch, 64 numbers a word; the Transformer has two blocks of four heads.",
    ),
    "modalities": Curve(
        "Modalities that are fused",
        "modalities",
        (2, 4, 6, 8),
        {
            "`gated`": "modalities_keras.py gated {size} 64",
            "`tensor_fusion`": "modalities_keras.py tensor_fusion {size} 64",
        },
        note="64 records a batch, of which each lacks a fifth of its modalities; each is 64 numbers, which "
        "`tensor_fusion` narrows to 3, so that its product has 4 to the power of the modalities entries.",
        each_more=True,
    ),
    "explain": Curve(
        "Modalities that are explained",
        "modalities",
        (4, 6, 8, 10),
        {"`explain`": "explain_keras.py {size} 16"},
        step="an answer to 16 records",
        note="`deepfm` with so many ids, at its default size: 2 to the power of the modalities passes in one batch.",
        each_more=True,
    ),
}
