"""What each worker has to read, and how many shards it has, where all make whole batches or each makes its part."""

from __future__ import annotations

from typing import Any

from made_up_clicks import MODALITIES, made_up_clicks
from scale_assumptions import Assumptions
from scale_exchange import duration

from multimodal_zoo.modalities import to_example


def record_bytes() -> float:
    """Of a serialised record as the measured shards hold them, on average."""
    split = made_up_clicks(200).split("train")
    return sum(to_example(MODALITIES, split[row][0]).ByteSize() for row in range(len(split))) / len(split)


def input_table(assumed: Assumptions, compute: float, reading: float) -> dict[str, Any]:
    """Input by workers.

    Args:
        assumed: batches, records and shards.
        compute: seconds of a step.
        reading: seconds in which one worker reads and decodes as many records as it computes in a step.
    """
    size = record_bytes()
    shards = -(-assumed.records // assumed.shard_records)
    rows = []
    for count in (1, *assumed.workers):
        whole = assumed.batch * count / compute
        rows.append(
            [
                f"{count:,}",
                f"{whole:,.0f}",
                f"{whole * size / 1e6:,.0f}",
                duration(count * reading),
                f"{assumed.batch / compute:,.0f}",
                duration(reading),
                f"{shards / count:,.0f}",
            ]
        )
    return {
        "title": "What each worker reads",
        "columns": [
            "workers",
            "whole batches: records a second",
            "whole batches: MB a second",
            "whole batches: time a step",
            "its part: records a second",
            "its part: time a step",
            "shards a worker",
        ],
        "rows": rows,
        "note": f"So that a step is no longer than its {duration(compute)} of computing. Records of {size:.0f} bytes, "
        f"as measured; {assumed.records:,} records in shards of {assumed.shard_records:,}.",
    }
