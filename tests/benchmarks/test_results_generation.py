"""The tables of drawings, from outcomes that are known."""

import numpy as np
import results_generation
import tensorflow as tf

from multimodal_zoo.modalities import Image


def test_the_mean_picture_stands_before_the_networks_and_the_real_ones_behind():
    figures = {"rmse": 0.2, "r2": 0.25, "recall_at_10": 0.5}
    judge = {"recall_at_10": 0.4, "frechet_distance": 0.1}
    run = {"figures": figures, "judged": judge, "real": {**judge, "recall_at_10": 0.75}}
    run["mean picture"] = {"rmse": 0.3, "r2": 0.0, "recall_at_10": 0.0}
    table = results_generation.emoji_table({"translator": [run, run], "translator, critic": [run]})
    assert [row[0] for row in table["rows"]] == ["mean picture", "translator", "translator, critic", "real pictures"]
    assert table["rows"][2] == ["translator, critic", "0.200", "0.250", "50.0", "40.0", "0.100", 1]
    assert table["rows"][0][:4] == ["mean picture", "0.300 ± 0.000", "0.000 ± 0.000", "0.0 ± 0.0"]
    assert table["rows"][3][4] == "75.0 ± 0.0"
    assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_the_table_of_digits_has_a_cell_for_each_column():
    run = {"accuracy": {"both": 0.9, "audio": 0.8, "image": 0.7}, "drawn": 0.6, "real": 0.75}
    table = results_generation.digits_table([run])
    assert table["rows"] == [["multimodal_vae", "90.0", "80.0", "70.0", "60.0", "75.0", 1]]
    assert len(table["columns"]) == 7


def test_drawings_are_judged_as_the_pictures_they_are():
    pictures = np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype("float32")
    records = results_generation.records_of(pictures, np.arange(3))
    decoded = Image(8, 8, 1).decode(tf.constant(records.columns["image"].tolist()))
    np.testing.assert_allclose(decoded.tensor.numpy(), pictures, atol=0.502 / 255)
