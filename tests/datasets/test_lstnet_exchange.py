import gzip
import shutil

import keras
import numpy as np
import pytest

from multimodal_zoo.datasets import DataDiffers, dataset_card, fetch_dataset, load_dataset, lstnet_exchange
from multimodal_zoo.modalities import Series

DAYS = 500
PINNED = {
    3: {"train": "7e369889ec5aa85e", "validation": "2e3f7e2cef83dcb8", "test": "5db8482814573e72"},
    6: {"train": "ea3e0b41b9c8d97d", "validation": "de31f2e0c47c84dd", "test": "c43079329315a44e"},
    12: {"train": "17ca8684bc193fe6", "validation": "b33c584a20787eab", "test": "e0b9e122c6acd0cb"},
    24: {"train": "17652b210b612f95", "validation": "269aa5b310b1ec1f", "test": "ce5f255e702b5759"},
}


def write_rates(file, days=DAYS, rates=8):
    """The rate of column c on day d is d + c / 10."""
    lines = (",".join(f"{day + rate / 10:.6f}" for rate in range(rates)) for day in range(days))
    file.write_text("\n".join(lines) + "\n")


@pytest.fixture
def tiny(empty_places):
    folder = empty_places[0] / "lstnet-exchange"
    folder.mkdir()
    write_rates(folder / lstnet_exchange.FILE)
    return folder


def test_a_protocol_for_each_horizon_of_the_paper():
    protocols = list(dataset_card("lstnet-exchange").protocols)
    assert [lstnet_exchange.horizon_of(name) for name in protocols] == [3, 6, 12, 24]


@pytest.mark.parametrize("horizon", [3, 24])
def test_each_window_ends_the_horizon_before_the_day_to_forecast(tiny, horizon):
    with pytest.warns(DataDiffers):
        data = load_dataset(f"lstnet-exchange:horizon-{horizon}", download=False)
    assert data.modalities == {"series": Series(8, 168, fill="last")} and len(data.class_names) == 8
    days = {name: np.round(one.labels[:, 0]).astype(int) for name, one in data.splits.items()}
    # 60 % and 80 % of 500 days; the first day to forecast has the first whole window before it.
    assert days["train"].tolist() == list(range(167 + horizon, 300))
    assert days["validation"].tolist() == list(range(300, 400)) and days["test"].tolist() == list(range(400, 500))
    for name, records in data.splits.items():
        wanted = (days[name] - horizon)[:, None] + np.arange(-167, 1)
        for rate in (0, 7):
            found = records.columns["series"][:, :, rate]
            np.testing.assert_allclose(found, wanted + rate / 10, rtol=1e-6)
            np.testing.assert_allclose(records.labels[:, rate], days[name] + rate / 10, rtol=1e-6)


def test_a_file_of_another_form_is_refused(tmp_path):
    for days, rates, found in ((DAYS, 7, "500 days of 7 rates"), (300, 8, "300 days of 8 rates")):
        write_rates(tmp_path / "rates.txt", days, rates)
        with pytest.raises(ValueError, match=f"{found}; expected 8 rates, of 384 days or more"):
            lstnet_exchange.read_rates(tmp_path / "rates.txt")


def test_the_download_is_unpacked(empty_places, monkeypatch, tmp_path):
    write_rates(tmp_path / "rates.txt")
    content = (tmp_path / "rates.txt").read_bytes()
    (tmp_path / "rates.gz").write_bytes(gzip.compress(content))
    asked = []

    def get_file(fname, origin, cache_dir, cache_subdir, file_hash):
        asked.append((fname, origin, file_hash))
        return shutil.copy(tmp_path / "rates.gz", f"{cache_dir}/{fname}")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    folder = fetch_dataset("lstnet-exchange")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {lstnet_exchange.FILE: content}
    assert asked == [("exchange_rate.txt.gz", lstnet_exchange.ARCHIVE, lstnet_exchange.ARCHIVE_MD5)]


@pytest.mark.parametrize("horizon", list(PINNED))
def test_real_splits_are_pinned(real, horizon):
    data = real(f"lstnet-exchange:horizon-{horizon}")
    assert [len(data.split(name)) for name in ("validation", "test")] == [1518, 1518]
    assert {name: one.digest()[:16] for name, one in data.splits.items()} == PINNED[horizon]
