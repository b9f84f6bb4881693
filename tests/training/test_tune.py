"""A search tries what it should, stops what falls behind, goes on after an interruption, and keeps the best."""

import json
import math
import os
import signal
import subprocess
import sys
from unittest import mock

import keras
import numpy as np
import pytest
from training.closed_form import closed_form, value_of
from training.tuned_numbers import DeadlyOnce, numbers_data

from multimodal_zoo import training
from multimodal_zoo.fusion import list_fusions
from multimodal_zoo.registry import builder_arguments, create_model
from multimodal_zoo.training import Between, Choices, default_space, load_bundle, predict_record, train_named, tune
from multimodal_zoo.training.resume import work_folder
from multimodal_zoo.training.storage import StorageError
from multimodal_zoo.training.tuning.search_space import checked_space, combinations_of
from multimodal_zoo.unknown_name import UnknownName

SETTINGS = {"learning_rate": 1e-3}
SMALL = {"arguments": {"fusion": "bi_interaction", "dropout": 0.0}, "batch_size": 32, "verbose": 0}
WIDTHS = Choices((2, 4, 8, 16), ordered=True)
RATES = Between(1e-4, 1e-1, log=True)


@pytest.fixture(autouse=True)
def _optuna():
    pytest.importorskip("optuna", reason="settings are searched by Optuna: pip install 'multimodal-zoo[tune]'")


# What is searched ----------------------------------------------------------------------------------------------------


def test_ranges_count_their_values():
    assert Choices(("gated", "concat", None)).count == 3
    assert Between(32, 256).count == 225 and Between(32, 256, step=32).count == 8
    assert Between(0.0, 0.5, step=0.1).count == 6
    assert Between(0.0, 0.5).count is None
    assert combinations_of({"a": Choices((1, 2)), "b": Between(1, 3)}) == 6
    assert combinations_of({"a": Choices((1, 2)), "b": Between(1.0, 3.0)}) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Choices(()), "one or more values"),
        (lambda: Choices((1, 2, 1)), "each once"),
        (lambda: Between(2, 1), "to a greater one, got 2..1"),
        (lambda: Between(1.0, math.nan), "to a greater one"),
        (lambda: Between(0.0, 1.0, log=True), "begins above 0"),
        (lambda: Between(1, 9, log=True, step=2), "a logarithmic range has none"),
        (lambda: Between(1, 9, step=9), "is not that wide"),
        (lambda: Between(1.0, 9.0, step=-1.0), "has to be above 0"),
        (lambda: Between(1, 9, step=0.5), "give a whole step"),
    ],
)
def test_what_is_no_range_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_default_space_is_made_of_signature_and_zoo():
    expected = {
        "embedding_dim": Choices((8, 16, 32), ordered=True),
        "hidden": Choices(((64, 64, 64), (128, 128, 128), (256, 256, 256)), ordered=True),
        "fusion": Choices(tuple(list_fusions())),
        "dropout": Between(0.0, 0.5, step=0.1),
        "learning_rate": Between(1e-4, 1e-2, log=True),
    }
    assert default_space("deepfm", SETTINGS) == expected
    fixed = {"fusion": "gated", "learning_rate": 0.1}
    assert set(default_space("deepfm", SETTINGS, fixed)) == {"embedding_dim", "hidden", "dropout"}
    assert checked_space("deepfm", {}, SETTINGS, fixed) == default_space("deepfm", SETTINGS, fixed)
    # What belongs to the data or counts something else than a width is left alone.
    assert not {"num_classes", "length"} & set(default_space("image_captioner", SETTINGS))
    assert not {"heads", "kernel", "layers"} & set(default_space("mult_sentiment", SETTINGS))


@pytest.mark.parametrize("name", ["deepfm", "machine_health", "mult_sentiment", "autoint", "emotion_recognizer"])
def test_both_ends_of_the_default_space_are_networks(name):
    space = default_space(name, SETTINGS, {"learning_rate": 1e-3})
    sizes = []
    for end in (0, -1):
        values = {
            key: one.values[end] if isinstance(one, Choices) else (one.low, one.high)[end]
            for key, one in space.items()
            if key != "fusion"
        }
        # A width of the defaults, so that only what is searched differs.
        model = create_model(name, **values)
        assert {key: model.builder_arguments[key] for key in values} == values
        sizes.append(model.count_params())
    assert sizes[0] < create_model(name).count_params() < sizes[1]


def test_ranges_are_asked_for_by_name():
    asked = {"fusion": None, "embedding_dim": Between(4, 64, log=True), "batch_size": Choices((32, 64))}
    space = checked_space("deepfm", asked, SETTINGS, {})
    assert space == {
        "batch_size": Choices((32, 64)),
        "embedding_dim": Between(4, 64, log=True),
        "fusion": Choices(tuple(list_fusions())),
    }


@pytest.mark.parametrize(
    ("search", "error", "message"),
    [
        ({"fusoin": None}, UnknownName, "Unknown argument of deepfm 'fusoin'. Did you mean 'fusion'"),
        ({"learning_rat": None}, UnknownName, "Did you mean 'learning_rate'"),
        ({"fusion": Choices(("gatd", "concat"))}, UnknownName, "Unknown fusion 'gatd'. Did you mean 'gated'"),
        ({"optimizer": Choices(("adm",))}, UnknownName, "Unknown optimizer 'adm'"),
        ({"fusion": Between(1, 2)}, ValueError, "fusion is no number: give its choices, such as 'concat'"),
        ({"hidden": Between(1, 2)}, ValueError, "hidden is no number"),
        ({"embedding_dim": Between(0.5, 2.0)}, ValueError, "embedding_dim is a whole number, and 0.5..2.0 are not"),
        ({"batch_size": Between(0.5, 2.0)}, ValueError, "batch_size is a whole number"),
        ({"learning_rate": Choices((0.1, 0.0))}, ValueError, "learning_rate has to be greater than 0, got 0.0"),
        ({"fields": Choices((1, 2))}, ValueError, "modalities come from the data set"),
        ({"embedding_l2": None}, ValueError, "no range for embedding_l2 by default"),
        ({"dropout": None}, ValueError, "dropout is searched, and 0.1 is given for it"),
    ],
)
def test_ranges_that_suit_nothing_are_refused(search, error, message):
    with pytest.raises(error, match=message):
        checked_space("deepfm", search, SETTINGS, {"dropout": 0.1})


# Real trainings ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Five learning rates, each tried once, the one that learns nothing last; the test split cannot be read."""
    pytest.importorskip("optuna", reason="settings are searched by Optuna: pip install 'multimodal-zoo[tune]'")
    out = tmp_path_factory.mktemp("tune") / "bundle"
    search = {"learning_rate": Choices((1e-7, 0.02, 0.03, 0.04, 0.05), ordered=True)}
    arguments = {"embedding_dim": 4, **SMALL["arguments"]}
    tuned = tune(
        "fm", numbers_data(), out, search=search, trials=5, epochs=3, seed=SEED, **{**SMALL, "arguments": arguments}
    )
    return out, tuned


# The order in which five values are tried follows from it.
SEED = 2


def test_what_falls_behind_is_stopped_after_two_epochs(searched):
    _, tuned = searched
    *others, last = tuned.document["trials"]
    assert last["values"] == {"learning_rate": 1e-7}, "choose another SEED"
    assert (last["state"], last["epochs"], last["value"]) == ("pruned", 2, None)
    assert {(one["state"], one["epochs"]) for one in others} == {("done", 3)}


def test_the_best_bundle_is_that_of_the_best_trial(searched):
    out, tuned = searched
    trials = tuned.document["trials"]
    values = {one["number"]: one["value"] for one in trials if one["state"] == "done"}
    best = min(values, key=values.get)
    assert tuned.document["best"] == best and tuned.document["higher_is_better"] is False
    kept = load_bundle(out)
    assert kept.metrics["validation"]["log_loss"] == values[best]
    assert kept.metrics["learning_rate"] == trials[best]["values"]["learning_rate"]
    assert "test" not in kept.metrics
    answer = predict_record(kept, {"one": [1.0, 0.0], "two": [1.0, 0.0]})
    assert 0.0 < answer["score"] < 1.0
    work = out.with_name("bundle-tuning")
    assert [one.name for one in (work / "bundles").iterdir()] == [str(best)]
    assert json.loads((work / "trials.json").read_text()) == tuned.document


def test_a_training_with_the_best_settings_repeats_the_best_trial(searched):
    _, tuned = searched
    keras.backend.clear_session()
    again = train_named(
        "fm", numbers_data(), arguments=tuned.arguments, test=False, verbose=0, seed=SEED, **tuned.settings
    )
    expected = tuned.bundle.metrics["validation"]["log_loss"]
    assert again.metrics["validation"]["log_loss"] == pytest.approx(expected, abs=1e-6)


def test_workers_share_the_trials_and_one_that_dies_costs_its_trial(tmp_path):
    import optuna

    data = numbers_data(DeadlyOnce, mark=tmp_path / "killed")
    search = {"learning_rate": Choices((0.01, 0.02, 0.03, 0.04), ordered=True)}
    tuned = tune("fm", data, tmp_path / "bundle", search=search, trials=4, workers=2, epochs=1, **SMALL)
    trials = tuned.document["trials"]
    assert sorted(one["state"] for one in trials) == ["done", "done", "done", "failed"]
    (failed,) = [one for one in trials if one["state"] == "failed"]
    assert failed["reason"] == f"its process was ended by signal {signal.SIGKILL.value}"
    assert {one["values"]["learning_rate"] for one in trials} == {0.01, 0.02, 0.03, 0.04}
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path}/bundle-tuning/trials.db")
    processes = [one.user_attrs["process"] for one in study.trials]
    assert len(set(processes)) >= 2 and os.getpid() not in processes


# What it does with outcomes ------------------------------------------------------------------------------------------


@pytest.fixture
def by_formula(searched):
    """Trainings by `value_of`, from here on."""
    trained = mock.Mock(side_effect=closed_form(searched[1].bundle))
    with mock.patch("multimodal_zoo.training.tuning.trial.train_named", trained):
        yield trained


def found(tuned):
    """What every trial that counts has tried, and what came of it."""
    counted = [one for one in tuned.document["trials"] if one["state"] != "interrupted"]
    return [(one["state"], one["values"], one["value"], one["epochs"]) for one in counted]


def test_one_worker_and_a_seed_give_the_same_trials_also_after_an_interruption(by_formula, tmp_path):
    asked = {"search": {"embedding_dim": WIDTHS, "learning_rate": RATES}, "epochs": 3, **SMALL}
    whole = tune("fm", numbers_data(), tmp_path / "whole", trials=12, seed=3, **asked)
    for state, values, value, _ in found(whole):
        if state == "done":
            assert value == pytest.approx(value_of(values, values))
    assert {one[0] for one in found(whole)} == {"done", "pruned"}

    left = iter(range(9))

    def stopped(*arguments, **settings):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return closed_form(whole.bundle)(*arguments, **settings)

    by_formula.side_effect = stopped
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune("fm", numbers_data(), tmp_path / "parts", trials=12, seed=3, **asked)
    by_formula.side_effect = closed_form(whole.bundle)
    parts = tune("fm", numbers_data(), tmp_path / "parts", trials=12, seed=3, **asked)
    assert [one["state"] for one in parts.document["trials"]].count("interrupted") == 2
    assert found(parts) == found(whole)

    calls = by_formula.call_count
    more = tune("fm", numbers_data(), tmp_path / "parts", trials=14, seed=3, **asked)
    assert found(more)[:12] == found(whole) and len(found(more)) == 14 and by_formula.call_count == calls + 2
    other = tune("fm", numbers_data(), tmp_path / "other", trials=3, seed=4, **asked)
    assert found(other) != found(whole)[:3]


def test_pruning_is_by_the_median(by_formula, tmp_path):
    asked = {"search": {"embedding_dim": WIDTHS, "learning_rate": RATES}, "epochs": 4, **SMALL}
    tuned = tune("fm", numbers_data(), tmp_path / "bundle", trials=12, **asked)
    ended = []
    for state, values, _, epochs in found(tuned):
        value = value_of(values, values)
        # All curves have one shape, so one epoch says what the others would.
        behind = len(ended) >= 4 and value > np.median([one for one, is_done in ended if is_done])
        if sum(is_done for _, is_done in ended) >= 4:
            assert (state, epochs) == (("pruned", 2) if behind else ("done", 4))
        ended.append((value, state == "done"))


def test_the_pruner_is_told_in_the_direction_of_the_search(by_formula, tmp_path):
    # A monitor that rises, and a figure that falls: what is best by the one is best by the other.
    import optuna

    asked = {"search": {"learning_rate": RATES}, "epochs": 2, "monitor": "val_auc", **SMALL}
    asked["arguments"] = {"embedding_dim": 8, **SMALL["arguments"]}
    tune("fm", numbers_data(), tmp_path / "bundle", trials=1, pruner="none", **asked)
    (trial,) = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path}/bundle-tuning/trials.db").trials
    value = trial.value
    assert trial.intermediate_values == {1: pytest.approx(-1.5 * value), 2: pytest.approx(-value)}


def test_a_space_that_is_small_enough_is_tried_as_a_whole(by_formula, tmp_path):
    search = {"embedding_dim": WIDTHS, "learning_rate": Choices((0.01, 0.1))}
    tuned = tune("fm", numbers_data(), tmp_path / "bundle", search=search, trials=50, epochs=1, pruner="none", **SMALL)
    tried = {tuple(values.values()) for _, values, _, _ in found(tuned)}
    assert len(found(tuned)) == 8
    assert tried == {(width, rate) for width in WIDTHS.values for rate in (0.01, 0.1)}
    best = tuned.document["trials"][tuned.document["best"]]
    assert best["values"] == {"embedding_dim": 8, "learning_rate": 0.01} and best["value"] == pytest.approx(0.1)


def test_a_trial_that_fails_is_told_and_the_search_goes_on(searched, by_formula, tmp_path):
    def sometimes(*arguments, **settings):
        if settings["learning_rate"] == 0.1:
            raise ValueError("no\n such network")
        if settings["learning_rate"] == 0.2:
            settings["learning_rate"] = math.nan
        return closed_form(searched[1].bundle)(*arguments, **settings)

    by_formula.side_effect = sometimes
    search = {"learning_rate": Choices((0.01, 0.1, 0.2), ordered=True)}
    asked = {"search": search, "trials": 3, "epochs": 1, **SMALL}
    asked["arguments"] = {"embedding_dim": 8, **SMALL["arguments"]}
    tuned = tune("fm", numbers_data(), tmp_path / "bundle", **asked)
    outcomes = {one["values"]["learning_rate"]: (one["state"], one["reason"]) for one in tuned.document["trials"]}
    assert outcomes[0.01] == ("done", None)
    assert outcomes[0.1] == ("failed", "ValueError: no such network")
    assert outcomes[0.2] == ("failed", "ValueError: log_loss came out as nan.")
    with pytest.raises(ValueError, match="None of 1 trials came to its end: ValueError: no such network"):
        tune("fm", numbers_data(), tmp_path / "none", **{**asked, "search": {"learning_rate": Choices((0.1,))}})
    assert not (tmp_path / "none").exists()


KILLED = """
import os, signal, sys
from unittest import mock
from training.closed_form import closed_form
from training.test_tune import SMALL, WIDTHS
from training.tuned_numbers import numbers_data
from multimodal_zoo.training import load_bundle, tune

left = iter(range(2))

def deadly(*arguments, **settings):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return closed_form(load_bundle(sys.argv[1]))(*arguments, **settings)

with mock.patch("multimodal_zoo.training.tuning.trial.train_named", deadly):
    asked = {"search": {"embedding_dim": WIDTHS}, "learning_rate": 0.01, "trials": 4, "epochs": 1, **SMALL}
    tune("fm", numbers_data(), sys.argv[2], **asked)
"""


def test_a_search_that_is_killed_goes_on(searched, by_formula, tmp_path):
    out = tmp_path / "bundle"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, str(searched[0]), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400)
    assert done.returncode == -signal.SIGKILL, done.stderr
    before = json.loads((tmp_path / "bundle-tuning" / "trials.json").read_text())
    assert [one["state"] for one in before["trials"]] == ["done", "done"] and not out.exists()
    asked = {"search": {"embedding_dim": WIDTHS}, "learning_rate": 0.01, "trials": 4, "epochs": 1, **SMALL}
    tuned = tune("fm", numbers_data(), out, **asked)
    assert [one["state"] for one in tuned.document["trials"]] == ["done", "done", "interrupted", "done", "done"]
    assert load_bundle(out).metrics["validation"]["log_loss"] == pytest.approx(0.1)


def test_another_search_in_the_same_place_moves_the_first_aside(by_formula, tmp_path):
    asked = {"search": {"embedding_dim": WIDTHS}, "learning_rate": 0.01, "epochs": 1, **SMALL}
    tune("fm", numbers_data(), tmp_path / "bundle", trials=2, **asked)
    with pytest.warns(UserWarning, match=r"The unfinished tuning in .* had other settings \(seed: 0, now 1\)"):
        tuned = tune("fm", numbers_data(), tmp_path / "bundle", trials=2, seed=1, **asked)
    assert len(tuned.document["trials"]) == 2
    (aside,) = tmp_path.glob("bundle-tuning.old-*")
    assert len(json.loads((aside / "trials.json").read_text())["trials"]) == 2


def test_two_searches_in_one_place_are_refused(tmp_path):
    with (
        work_folder(tmp_path / "bundle", "tuning"),
        pytest.raises(StorageError, match="Another tuning writes to .*bundle-tuning: wait for it"),
    ):
        tune("fm", numbers_data(), tmp_path / "bundle", trials=1)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"trials": 0}, ValueError, "trials and workers have to be 1 or more, got 0 and 1"),
        ({"pruner": "medain"}, UnknownName, "Unknown pruner 'medain'. Did you mean 'median'"),
        ({"arguments": {"embedding_dm": 2}}, UnknownName, "Unknown argument of fm 'embedding_dm'"),
    ],
)
def test_wrong_settings_are_told_before_the_first_trial(tmp_path, settings, error, message):
    with pytest.raises(error, match=message):
        tune("fm", numbers_data(), tmp_path / "bundle", **settings)
    assert not list(tmp_path.iterdir())


def test_data_that_cannot_be_handed_over_are_told(tmp_path):
    with pytest.raises(TypeError, match="cannot be handed to other processes .* leave out workers"):
        tune("fm", numbers_data(DeadlyOnce, mark=lambda: None), tmp_path / "bundle", trials=1, workers=2)


def test_without_the_extra_its_name_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'multimodal-zoo\[tune\]'"):
        training.tune("fm", numbers_data(), tmp_path / "bundle")


def test_fit_tells_the_monitored_value_after_each_epoch(tmp_path):
    told = []

    def enough(epoch, value):
        told.append((epoch, value))
        if epoch == 2:
            raise RuntimeError("enough")

    settings = {**SMALL, "epochs": 4, "test": False, "after_epoch": enough, "monitor": "val_auc"}
    with pytest.raises(RuntimeError, match="enough"):
        train_named("fm", numbers_data(), tmp_path / "bundle", **settings)
    assert [epoch for epoch, _ in told] == [1, 2]
    again = train_named("fm", numbers_data(), tmp_path / "bundle", **{**settings, "after_epoch": None})
    assert again.metrics["history"]["val_auc"][:2] == [value for _, value in told]
    assert builder_arguments("fm")["dropout"] == 0.0
