"""`lstnet-exchange`: the daily exchange rates of eight currencies, to be forecast some days ahead."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_file
from multimodal_zoo.datasets.records import Records
from multimodal_zoo.modalities import Series

# The columns of the file; each rate is the price of one unit in US dollars.
CURRENCIES = ("AUD", "GBP", "CAD", "CHF", "CNY", "JPY", "NZD", "SGD")
WINDOW = 168
HORIZONS = (3, 6, 12, 24)
FILE = "exchange_rate.txt"
ARCHIVE = (
    "https://raw.githubusercontent.com/laiguokun/multivariate-time-series-data/"
    "7f402f185cc2435b5e66aed13a3b560ed142e023/exchange_rate/exchange_rate.txt.gz"
)
ARCHIVE_MD5 = "9dd5a9c8f8f324e234938400f232fa08"

CARD = DataSetCard(
    name="lstnet-exchange",
    title="Daily exchange rates of eight currencies, 1990 to 2016, to be forecast some days ahead",
    task="regression",
    licence="none stated by its publisher",
    source="https://github.com/laiguokun/multivariate-time-series-data (exchange_rate)",
    citation="Lai et al. 2018, Modeling Long- and Short-Term Temporal Patterns, arXiv:1703.07015",
    protocols={
        f"horizon-{horizon}": (
            f"all rates {horizon} days after the last of {WINDOW} days; the days to forecast are cut by time: 60 % "
            "training, 20 % validation, 20 % test"
        )
        for horizon in HORIZONS
    },
    required=(FILE,),
    checksums={FILE: "0127465b51e3cd3c360f8eb2be30cfd294689a2a55903eb8245aafc396626c7f"},
    notes=(
        "The split is that of the paper's program: the days to forecast do not overlap, the days before them, which "
        "are read, do. Exchange rates are nearly random walks: the last value is a forecast that is hard to beat."
    ),
)


def horizon_of(protocol: str) -> int:
    """Days from the last that is read to the one to forecast."""
    return int(protocol.removeprefix("horizon-"))


def read_rates(file: Path) -> np.ndarray:
    """The rates `(days, 8)` float32.

    Raises:
        ValueError: the file has another number of columns, or too few days.
    """
    rates = np.loadtxt(file, delimiter=",", dtype=np.float64, ndmin=2)
    if rates.shape[1] != len(CURRENCIES) or len(rates) < 2 * (WINDOW + max(HORIZONS)):
        raise ValueError(
            f"{file} has {rates.shape[0]} days of {rates.shape[1]} rates; expected {len(CURRENCIES)} rates, of "
            f"{2 * (WINDOW + max(HORIZONS))} days or more."
        )
    return rates.astype(np.float32)


def forecast_days(days: int, horizon: int) -> dict[str, np.ndarray]:
    """Which days are to be forecast in each split; in training, those with a whole window before them."""
    validation, test = 6 * days // 10, 8 * days // 10
    return {
        "train": np.arange(WINDOW + horizon - 1, validation),
        "validation": np.arange(validation, test),
        "test": np.arange(test, days),
    }


def windows_before(rates: np.ndarray, days: np.ndarray, horizon: int) -> np.ndarray:
    """What is read to forecast these days: `(days, WINDOW, rates)`, the last row `horizon` days before."""
    # The windows of a view lie along its last axis; the first of them begins on day 0.
    windows = np.lib.stride_tricks.sliding_window_view(rates, WINDOW, axis=0)
    return np.ascontiguousarray(windows[days - horizon - WINDOW + 1].transpose(0, 2, 1))


def fetch_published(folder: Path) -> None:
    """The authors' repository of data:"""
    packed = download_file(ARCHIVE, folder, ARCHIVE_MD5)
    with gzip.open(packed) as content, (folder / FILE).open("wb") as file:
        shutil.copyfileobj(content, file)
    packed.unlink()


@register_data_set(CARD, fetch_published)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the windows and the rates to forecast."""
    assert folder is not None
    rates, horizon = read_rates(folder / FILE), horizon_of(protocol)
    splits = {
        name: Records({"series": windows_before(rates, days, horizon)}, rates[days])
        for name, days in forecast_days(len(rates), horizon).items()
    }
    return DataSet(card, protocol, {"series": Series(len(CURRENCIES), WINDOW, fill="last")}, CURRENCIES, splits)
