"""What the results of the scenes are held against, and the rows of their tables."""

import numpy as np
import pytest
import results_scenes

from multimodal_zoo.datasets import DataSet, Records, dataset_card
from multimodal_zoo.modalities import Numeric


@pytest.fixture(autouse=True)
def scenes(monkeypatch):
    """A data set that is all labels."""
    labels = {"train": [0, 0, 0, 1, 2], "validation": [0], "test": [0, 1, 2, 0]}
    splits = {name: Records({}, np.array(own, np.int32)) for name, own in labels.items()}
    sensors = {name: Numeric(1) for name in ("video", "audio", "sensor")}
    made = DataSet(dataset_card("synthetic-scene"), "default", sensors, ("normal", "fall", "fight"), splits)
    monkeypatch.setattr(results_scenes, "data", lambda network: made)


def test_only_takes_a_network_and_a_seed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["results_scenes.py", "--only", "surveilance", "0"])
    with pytest.raises(SystemExit) as stopped:
        results_scenes.main()
    assert stopped.value.code == 2
    known = "driving_perception, surveillance, interaction_vr, audio_visual_graph"
    assert f"--only takes one of {known} and a seed" in capsys.readouterr().err


def test_the_most_frequent_class_of_training_is_right_as_often_as_it_is_in_the_test_split():
    assert results_scenes.majority("surveillance") == {"accuracy": 0.5, "anomaly AUC": 0.5}


def test_a_table_has_a_row_for_each_sensor_alone_and_for_each_that_is_missing():
    def run(better):
        tested = {
            f"{name} alone": {"test": {"accuracy": share, "anomaly AUC": 0.5}}
            for name, share in (("video", 0.6), ("audio", 0.7), ("sensor", 0.5))
        }
        without = {f"without {name}": {"accuracy": 0.6, "anomaly AUC": 0.6} for name in ("video", "audio", "sensor")}
        whole = {"test": {"accuracy": 0.7 + better, "anomaly AUC": 0.9}, "parameters": 9, "training_seconds": 61.0}
        return {**tested, "all": {**whole, **without}}

    table = results_scenes.table_of("surveillance", [run(0.1), run(0.2)])
    assert "SYNTHETIC" in table["title"]
    assert table["columns"] == ["reads", "test accuracy, %", "ROC AUC of the anomaly score, %", "seeds"]
    assert [row[0] for row in table["rows"]] == [
        "nothing: the most frequent class",
        "video alone",
        "audio alone",
        "sensor alone",
        "all",
        "all, video missing at test time",
        "all, audio missing at test time",
        "all, sensor missing at test time",
    ]
    assert table["rows"][0][1:] == ["50.0", "50.0", 1]
    assert table["rows"][4][1:] == ["85.0 ± 7.1", "90.0 ± 0.0", 2]
    assert table["note"].startswith("All against the best sensor alone, audio: 15.0 ± 7.1 points.")
