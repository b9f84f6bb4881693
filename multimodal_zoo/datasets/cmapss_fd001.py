"""`cmapss-fd001`: turbofan engines run until they fail, in simulation; how many cycles has an engine left?"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_archive
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Numeric, Series

SETTINGS, SENSORS = 3, 21
# A record has the last WINDOW cycles, or all of an engine that ran fewer; younger engines than LEAST have none.
WINDOW, LEAST = 60, 30
# A sound engine shows nothing of when it will wear out, so that up to here the truth is taken as constant.
MOST_CYCLES = 125
# Of the training engines, those whose number is a multiple of this one are for validation.
VALIDATION_EVERY = 5
TRAIN, TEST, TEST_LIFE = "train_FD001.txt", "test_FD001.txt", "RUL_FD001.txt"
ARCHIVE = "https://data.nasa.gov/docs/legacy/CMAPSSData.zip"
ARCHIVE_SHA256 = "74bef434a34db25c7bf72e668ea4cd52afe5f2cf8e44367c55a82bfd91a5a34f"
# The same archive inside another one.
MIRROR = "https://phm-datasets.s3.amazonaws.com/NASA/6.+Turbofan+Engine+Degradation+Simulation+Data+Set.zip"
MIRROR_SHA256 = "c9c5dec12a945a82e8bb4446589d7fb3cc057b5e5d81fa1a12e25ee9912ad3b2"

CARD = DataSetCard(
    name="cmapss-fd001",
    title="C-MAPSS FD001: simulated turbofan engines, their sensors and operating state, and how long each still runs",
    task="regression",
    licence="data of NASA, a US government agency; no licence is stated",
    source="https://data.nasa.gov/dataset/cmapss-jet-engine-simulated-data (FD001)",
    citation="Saxena et al. 2008, Damage propagation modeling for aircraft engine run-to-failure simulation, "
    "doi:10.1109/PHM.2008.4711414",
    protocols={
        "capped": f"the last {WINDOW} cycles, or {LEAST} and more of a young engine -> cycles left, at most "
        f"{MOST_CYCLES}; official test engines, each at its last cycle; validation = the training engines whose number "
        f"is a multiple of {VALIDATION_EVERY}",
        "uncapped": "the same records with the cycles left as they are",
    },
    required=(TRAIN, TEST, TEST_LIFE),
    # The published files, and copies of the same numbers with a line of column names at the head.
    checksums={
        TRAIN: "963b5e22825b34d8b21c69e1aeb4af3e647050eb672ee8834ba4b5d91d2de0f8"
        "|290e220a90c2bb52a799abaf85289fff7b6820829a197a24daaa1eff7a6c3ca8",
        TEST: "3cda7109ce17bafb5443f2ac926cfcf88154b941b8c4cf95eb55d1ddd6f52851"
        "|dde0ce7bdf532bee0c59b3544dc420f378def576326c4fe16a84bef90dda954c",
        TEST_LIFE: "a19c8ec94931949d0485bdc35118206e9c81c4547b422efb9cf86f4ceddbceca"
        "|160806da0084d1107676a16043b5a5c243d8c8c73f57a083b5d89dfcfdb9f764",
    },
    notes=(
        "The engines are simulated by C-MAPSS, a program of NASA, under one operating condition, with one kind of "
        "fault. The state is the three settings of the last cycle and the number of cycles since the engine was new."
    ),
)


def read_table(file: Path, columns: int) -> np.ndarray:
    """The numbers of a file, `(rows, columns)` float64, with or without a line of names above them.

    Raises:
        ValueError: there is another number of columns.
    """
    lines = file.read_text().splitlines()
    named = bool(lines) and lines[0].split()[0][0].isalpha()
    table = np.loadtxt(lines[named:], dtype=np.float64, ndmin=2)
    if table.shape[1] != columns:
        raise ValueError(f"{file} has {table.shape[1]} columns; expected {columns}.")
    return table


def read_engines(file: Path) -> dict[int, np.ndarray]:
    """The cycles of each engine by its number: `(cycles, 3 + 21)` float32, settings and sensors, oldest first."""
    table = read_table(file, 2 + SETTINGS + SENSORS)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    return {int(number): table[table[:, 0] == number, 2:].astype(np.float32) for number in np.unique(table[:, 0])}


def split_engines(engines: dict[int, np.ndarray]) -> dict[str, dict[int, np.ndarray]]:
    """The training engines of "train" and of "validation"."""
    held_out = {number for number in engines if number % VALIDATION_EVERY == 0}
    return {
        "train": {number: one for number, one in engines.items() if number not in held_out},
        "validation": {number: engines[number] for number in sorted(held_out)},
    }


def windows_of(cycles: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Sensors and state of an engine after each cycle from the LEAST-th on.

    Args:
        cycles: `(cycles, 3 + 21)` of one engine.

    Returns:
        `(rows, 21)` sensor readings of each window, up to WINDOW rows, and `(windows, 4)` settings and cycles run.

    Raises:
        ValueError: there are fewer than LEAST cycles.
    """
    if len(cycles) < LEAST:
        raise ValueError(f"An engine has {len(cycles)} cycles; a window takes {LEAST} or more.")
    run = np.arange(LEAST, len(cycles) + 1)
    windows = [cycles[max(0, end - WINDOW) : end, SETTINGS:] for end in run]
    return windows, np.column_stack([cycles[LEAST - 1 :, :SETTINGS], run.astype(np.float32)])


def until_failure(engines: dict[int, np.ndarray]) -> Records:
    """Every window of engines that ran until they failed, engine after engine."""
    windows, states = zip(*(windows_of(cycles) for cycles in engines.values()), strict=True)
    left = np.concatenate([np.arange(len(one) - 1, -1, -1, dtype=np.float32) for one in windows])
    return Records({"sensors": column(itertools.chain.from_iterable(windows)), "state": np.concatenate(states)}, left)


def last_of_each(engines: dict[int, np.ndarray], left: np.ndarray) -> Records:
    """The last window of engines that were stopped while they still ran, with the cycles each had left."""
    windows, states = zip(*(windows_of(cycles) for cycles in engines.values()), strict=True)
    columns = {"sensors": column(one[-1] for one in windows), "state": np.stack([one[-1] for one in states])}
    return Records(columns, left.astype(np.float32))


def keep_fd001(unpacked: Path, folder: Path) -> None:
    """Move the files of FD001 out of the unpacked archive, which has three other sets and a paper besides."""
    for name in (TRAIN, TEST, TEST_LIFE, "readme.txt"):
        if (unpacked / name).exists():
            shutil.move(unpacked / name, folder / name)
    shutil.rmtree(unpacked)


def fetch_official(folder: Path) -> None:
    """NASA's open data portal:"""
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    download_archive(ARCHIVE, unpacked, ARCHIVE_SHA256)
    keep_fd001(unpacked, folder)


def fetch_mirror(folder: Path) -> None:
    """NASA's prognostics data repository:"""
    outer, unpacked = folder / "outer", folder / "unpacked"
    outer.mkdir()
    download_archive(MIRROR, outer, MIRROR_SHA256)
    shutil.unpack_archive(next(outer.rglob("CMAPSSData.zip")), unpacked)
    shutil.rmtree(outer)
    keep_fd001(unpacked, folder)


@register_data_set(CARD, fetch_official, fetch_mirror)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the windows with the cycles left behind each."""
    assert folder is not None
    splits = {name: until_failure(own) for name, own in split_engines(read_engines(folder / TRAIN)).items()}
    left = read_table(folder / TEST_LIFE, 1)[:, 0]
    splits["test"] = last_of_each(read_engines(folder / TEST), left)
    if protocol == "capped":
        splits = {
            name: Records(one.columns, np.minimum(one.labels, np.float32(MOST_CYCLES))) for name, one in splits.items()
        }
    return DataSet(card, protocol, {"sensors": Series(SENSORS, WINDOW), "state": Numeric(SETTINGS + 1)}, (), splits)
