"""Every recipe names what exists; a row is made again as its recipe says."""

import dataclasses
import functools
import inspect
import json

import keras
import numpy as np
import pytest

import multimodal_zoo as mz
from multimodal_zoo import cli, recipes
from multimodal_zoo.datasets import DataNotFound, DataSet, Records, column, dataset_card
from multimodal_zoo.modalities import Numeric, Series
from multimodal_zoo.recipes import Recipe, add_recipes, list_recipes, recipe_named, reproduce, train_row
from multimodal_zoo.recipes.recipe import RECIPES
from multimodal_zoo.registry import model_card
from multimodal_zoo.tasks import task_named
from multimodal_zoo.unknown_name import UnknownName

TINY = Recipe(
    row="made-up/machine_health",
    network="machine_health",
    data="made-up",
    figure="rmse",
    fit={"epochs": 3, "batch_size": 16, "patience": 3, "learning_rate": 0.01},
    arguments={"filters": (4,), "hidden": (4,), "joint_dim": 8, "dropout": 0.0},
    together={"missing_modalities": True},
    fit_together={"epochs": 2},
    fit_alone={"state": {"epochs": 1}},
    alone=("sensors", "state"),
    from_alone=True,
    modalities={"state": {"noise": 0.1}},
    higher_is_better=False,
    reference="Somebody 2020: 1.5",
    optimizer=lambda steps: keras.optimizers.Adam(0.01, name=f"for_{steps}_steps"),
    loss=keras.losses.Huber,
    more=("mae", "errors.largest"),
    measured=lambda bundle, data, split: {"errors": {"largest": 9.0 if split == "test" else 0.0}},
    baselines={"always 0": lambda data: {"rmse": float(np.sqrt(np.mean(data.split("test").labels ** 2)))}},
)


def made_up(spec):
    """Readings whose mean is told, of a sensor and of a state."""
    random = np.random.default_rng(0)

    def records(count):
        labels = random.normal(size=count).astype("float32")
        readings = [np.full((6, 2), label, "float32") + random.normal(0, 0.1, (6, 2)) for label in labels]
        state = (labels[:, None] + random.normal(0, 0.1, (count, 1))).astype("float32")
        return Records({"sensors": column(one.astype("float32") for one in readings), "state": state}, labels)

    splits = {"train": records(64), "validation": records(32), "test": records(32)}
    card = dataclasses.replace(dataset_card("cmapss-fd001"), name=spec)
    return DataSet(card, "capped", {"sensors": Series(2, 6), "state": Numeric(1)}, (), splits)


@pytest.fixture
def tiny(monkeypatch):
    """A recipe among the others, of data made here."""
    monkeypatch.setitem(train_row.__globals__, "load_dataset", made_up)
    monkeypatch.setitem(RECIPES, TINY.row, TINY)
    return TINY


@pytest.mark.parametrize("row", list_recipes())
def test_a_recipe_names_what_exists(row):
    recipe = recipe_named(row)
    network, *variant = row.rpartition("/")[2].split("+")
    assert row == recipe.row and network == recipe.network and len(variant) <= 1
    known = mz.builder_arguments(recipe.network)
    assert {*recipe.arguments, *recipe.together} <= set(known)
    settings = inspect.signature(mz.fit).parameters
    assert {*recipe.fit, *recipe.fit_together, *(key for own in recipe.fit_alone.values() for key in own)} <= set(
        settings
    )
    assert set(recipe.fit_alone) <= set(recipe.alone)
    name, _, protocol = recipe.data.format(seed=recipe.seeds - 1).partition(":")
    assert not protocol or protocol in dataset_card(name).protocols
    assert dataset_card(name).synthetic == ("SYNTHETIC" in recipe.notes)
    assert recipe.seeds >= 3


@functools.cache
def at_hand(spec):
    """A data set that need not be downloaded."""
    try:
        return mz.load_dataset(spec, download=False)
    except DataNotFound as error:
        pytest.skip(f"{str(error).splitlines()[0]} Set MULTIMODAL_ZOO_DATA to run this test.")


@pytest.mark.parametrize("row", list_recipes())
def test_what_the_best_weights_are_chosen_by_is_watched(row):
    recipe = recipe_named(row)
    watched = task_named(model_card(recipe.network).task).watched() or ()
    assert recipe.fit.get("monitor", "val_loss") in {"val_loss", *(f"val_{one.name}" for one in watched)}


@pytest.mark.parametrize("row", list_recipes())
def test_what_is_read_is_in_the_data(row, monkeypatch):
    monkeypatch.setitem(train_row.__globals__, "load_dataset", at_hand)
    recipe = recipe_named(row)
    data = at_hand(recipe.data.format(seed=0))
    names = [recipe.renamed.get(name, name) for name in data.modalities]
    assert {*recipe.alone, *(recipe.reads or ()), *recipe.modalities} <= set(names)
    read = recipes.data_of(recipe)
    assert list(read.modalities) == list(recipe.reads or names)
    assert not set(recipe.renamed) & set(read.split("test").columns)


def test_an_unknown_row_lists_the_known_ones():
    with pytest.raises(UnknownName, match="Did you mean 'ml-100k/deepfm'"):
        recipe_named("ml-100k/depfm")


def test_a_row_has_one_recipe():
    with pytest.raises(ValueError, match="There is a recipe 'ml-100k/deepfm' already"):
        add_recipes(recipe_named("ml-100k/deepfm"))


def test_networks_are_built_and_trained_as_the_recipe_says(tiny, monkeypatch):
    started = []
    watch = lambda model, trained, name: started.append((trained, name))  # noqa: E731
    monkeypatch.setitem(train_row.__globals__, "warm_start", watch)
    alone, together, data = train_row(tiny, seed=0, verbose=0)
    assert list(data.modalities) == ["sensors", "state"]
    assert {name: list(bundle.modalities) for name, bundle in alone.items()} == {
        "sensors": ["sensors"],
        "state": ["state"],
    }
    assert list(together.modalities) == ["sensors", "state"] and together.has_presence
    assert together.modalities["state"].noise == 0.1
    assert [bundle.metrics["epochs"] for bundle in (*alone.values(), together)] == [3, 1, 2]
    assert started == [(bundle.model, name) for name, bundle in alone.items()]
    assert together.arguments["filters"] == [4]
    for bundle in (*alone.values(), together):
        assert bundle.model.optimizer.name == "for_4_steps" and isinstance(bundle.model.loss, keras.losses.Huber)


def test_a_renamed_modality_has_its_new_name_everywhere(tiny):
    data = recipes.data_of(
        dataclasses.replace(tiny, renamed={"state": "setting"}, modalities={"setting": {"noise": 0.2}})
    )
    assert list(data.modalities) == ["sensors", "setting"] and data.modalities["setting"].noise == 0.2
    original = made_up("made-up").split("test").columns["state"]
    np.testing.assert_array_equal(data.split("test").columns["setting"], original)
    assert "state" not in data.split("test").columns


def test_the_figures_are_those_of_its_networks_and_the_same_seed_gives_the_same(tiny, tmp_path):
    once = reproduce(tiny, 1, verbose=0, save=tmp_path / "kept")
    trained = train_row(tiny, 1, verbose=0)
    test = trained.data.split("test")
    assert mz.evaluate(mz.load_bundle(tmp_path / "kept"), test)["rmse"] == pytest.approx(once["test"], abs=1e-6)
    assert once["test"] == pytest.approx(mz.evaluate(trained.together, test)["rmse"], abs=1e-6)
    missing = mz.evaluate(trained.together, test, without=["state"])["rmse"]
    assert once["missing"]["state"] == pytest.approx(missing, abs=1e-6)
    assert once["alone"]["state"] == pytest.approx(mz.evaluate(trained.alone["state"], test)["rmse"], abs=1e-6)
    assert set(once["alone"]) == set(once["missing"]) == {"sensors", "state"}
    assert once["more"] == {
        "mae": pytest.approx(mz.evaluate(trained.together, test)["mae"], abs=1e-6),
        "errors.largest": 9,
    }
    labels, mean = test.labels, trained.data.split("train").labels.mean()
    expected = {"a constant answer": np.sqrt(np.mean((labels - mean) ** 2)), "always 0": np.sqrt(np.mean(labels**2))}
    assert once["baselines"] == pytest.approx(expected, rel=1e-5)
    assert once["parameters"] == trained.together.model.count_params() and once["peak_memory_mb"] > 100


def test_a_folder_that_is_no_bundle_is_refused_before_the_training(tiny, tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("not to be lost")
    monkeypatch.setitem(reproduce.__globals__, "train_row", None)
    with pytest.raises(mz.BundleError, match="was not written by multimodal_zoo"):
        reproduce(tiny, 1, verbose=0, save=tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "not to be lost"


def test_members_of_other_seeds_answer_by_their_average(monkeypatch):
    def two_classes(spec):
        data = made_up(spec)
        splits = {
            part: dataclasses.replace(
                records, columns={"text": records.columns["sensors"]}, labels=(records.labels > 0).astype("int32")
            )
            for part, records in data.splits.items()
        }
        card = dataclasses.replace(dataset_card("mosi"), name=spec)
        return DataSet(card, "utterances", {"text": Series(2, 6)}, ("low", "high"), splits)

    monkeypatch.setitem(train_row.__globals__, "load_dataset", two_classes)
    recipe = Recipe(
        row="made-up/emotion_recognizer",
        network="emotion_recognizer",
        data="made-up",
        figure="accuracy",
        fit={"epochs": 1, "batch_size": 16, "learning_rate": 1e-3},
        together={"audio": None, "video": None, "missing_modalities": True},
        members=2,
    )
    one, other = (train_row(dataclasses.replace(recipe, members=0), seed, verbose=0).together for seed in (2, 3))
    trained = train_row(recipe, 1, verbose=0)
    for row in (trained.data.split("test")[number][0] for number in (0, 1)):
        apart = [mz.predict_record(bundle, row)["probabilities"]["high"] for bundle in (one, other)]
        assert abs(apart[0] - apart[1]) > 1e-3
        joint = mz.predict_record(trained.together, row)["probabilities"]["high"]
        assert joint == pytest.approx(np.mean(apart), abs=1e-5)
    told = trained.together.metrics
    assert told["epochs"] == 1 and told["seconds"] > 0 and told["beats_constant"] in (True, False)


def test_the_command_lists_the_rows(capsys):
    assert cli.main(["reproduce", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [one["row"] for one in rows] == list_recipes()
    assert cli.main(["reproduce"]) == 0
    shown = capsys.readouterr().out
    assert all(row in shown for row in list_recipes())


def test_the_command_tells_mean_and_spread_over_the_seeds(tiny, monkeypatch, capsys, tmp_path):
    figures = {0: 1.0, 1: 2.0, 2: 3.0}
    kept = []

    def outcome(recipe, seed, save):
        kept.append(save)
        one = {"seed": seed, "test": figures[seed], "beats_constant": seed != 2}
        told = {"baselines": {"always 0": 9.0}, "more": {"mae": 0.5}}
        return {**one, **told, "alone": {"state": 4.0}, "missing": {"state": 5.0}}

    monkeypatch.setattr(recipes, "reproduce", outcome)
    assert cli.main(["reproduce", tiny.row, "--seeds", "2", "--json", "--save", str(tmp_path)]) == 0
    assert kept == [tmp_path / "0", tmp_path / "1"]
    document = json.loads(capsys.readouterr().out)
    assert document["lines"] == {
        "no network: always 0": [9.0, 9.0],
        "state alone": [4.0, 4.0],
        "everything": [1.0, 2.0],
        "everything, state missing at test time": [5.0, 5.0],
        "everything: mae": [0.5, 0.5],
    }
    assert cli.main(["reproduce", tiny.row]) == 1 and kept[2:] == [None] * 3
    told = capsys.readouterr()
    (line,) = [one for one in told.out.splitlines() if one.startswith("everything  ")]
    assert line.split()[1:] == ["2.0000", "1.0000", "3"]
    assert "Somebody 2020: 1.5" in told.out
    assert "No better than a constant answer with the seeds [2]" in told.err


def test_the_folder_of_a_later_seed_is_looked_at_before_the_first_training(tiny, monkeypatch, capsys, tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "mine.txt").write_text("not to be lost")
    monkeypatch.setattr(recipes, "reproduce", None)
    assert cli.main(["reproduce", tiny.row, "--seeds", "2", "--save", str(tmp_path)]) == 1
    assert "was not written by multimodal_zoo" in capsys.readouterr().err
    assert not (tmp_path / "0").exists() and (tmp_path / "1" / "mine.txt").exists()


def test_an_unknown_row_is_wrong_usage(capsys):
    assert cli.main(["reproduce", "ml-100k/depfm"]) == 2
    assert "Did you mean 'ml-100k/deepfm'" in capsys.readouterr().err
