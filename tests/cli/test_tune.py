"""What `tune` answers, how ranges are written, and what it refuses."""

import json
import shlex

import pytest

import multimodal_zoo as mz
from multimodal_zoo.cli.search_words import search_words
from multimodal_zoo.training import Between, Choices
from multimodal_zoo.training.tuning.ranges import described

WORDS = ["tune", "lstnet_diagnosis", "--data", "synthetic-diagnosis", "--out"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gated,additive_attention", Choices(("gated", "additive_attention"))),
        ("gated", Choices(("gated",))),
        ("32,64,128", Choices((32, 64, 128))),
        ("none,0.5,true", Choices((None, 0.5, True))),
        ("(8, 16),(16, 32)", Choices(((8, 16), (16, 32)))),
        ("[8, 16],none", Choices(([8, 16], None))),
        ("32..256", Between(32, 256)),
        ("32..256:log", Between(32, 256, log=True)),
        ("32..256:32", Between(32, 256, step=32)),
        ("0..0.5:0.1", Between(0, 0.5, step=0.1)),
        ("0.1..0.5", Between(0.1, 0.5)),
        ("1e-4..1e-2:log", Between(1e-4, 1e-2, log=True)),
        ("-2..-1", Between(-2, -1)),
    ],
)
def test_ranges_as_they_are_written(text, expected):
    (found,) = search_words([f"key={text}"]).values()
    assert found == expected
    assert [type(one) for one in vars(found).values()] == [type(one) for one in vars(expected).values()]
    # And back: what a file tells of a search can be typed in again.
    assert search_words([f"key={described(found)}"]) == {"key": found}


def test_a_name_alone_asks_for_its_default():
    assert search_words(["fusion", "dropout=0..0.5"]) == {"fusion": None, "dropout": Between(0, 0.5)}
    assert search_words([]) == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--search", "fusoin=gated"], "Unknown argument of lstnet_diagnosis 'fusoin'. Did you mean 'fusion'? Known: "),
        (["--search", "fusion=gatd"], "Unknown fusion 'gatd'. Did you mean 'gated'? Known: "),
        (["--search", "fusion="], "--search takes KEY, KEY=A,B,C, KEY=LOW..HIGH, "),
        (["--search", "=1,2"], "--search takes KEY, "),
        (["--search", "units=1..2", "--search", "units"], "--search names units twice; name it once."),
        (["--search", "units=8..x"], "--search units=8..x: 'x' is no number; a range is LOW..HIGH"),
        (["--search", "units=8..16:lg"], "--search units=8..16:lg: 'lg' is no number"),
        (["--search", "units=16..8"], "--search units=16..8: A range goes from a number to a greater one"),
        (["--set", "fusoin=gated"], "Unknown argument of lstnet_diagnosis 'fusoin'."),
        (["--learning-rate", "0"], "--learning-rate has to be greater than 0"),
        (["--pruner", "medain"], "Unknown pruner 'medain'. Did you mean 'median'?"),
        (["--trials", "0"], "Invalid value for '--trials'"),
    ],
)
def test_wrong_words_exit_with_2(zoo, tmp_path, words, message):
    pytest.importorskip("optuna", reason="settings are searched by Optuna: pip install 'multimodal-zoo[tune]'")
    run = zoo(*WORDS, tmp_path / "bundle", *words)
    assert run.code == 2 and f"Error: {message}" in run.err
    assert not list(tmp_path.iterdir())


def test_the_answer_has_the_command_that_repeats_the_best(zoo, tmp_path):
    pytest.importorskip("optuna", reason="settings are searched by Optuna: pip install 'multimodal-zoo[tune]'")
    out = tmp_path / "bundle"
    words = [*WORDS, out, "--epochs", 1, "--batch-size", 100, "--trials", 2, "--seed", 5]
    # Pictures alone: a text takes most of the time.
    words += ["--set", "report=None", "--set", "joint_dim=4", "--search", "filters=(2,),(2, 4)"]
    run = zoo(*words, "--json")
    document = run.document
    assert run.code == (1 if document["metrics"]["beats_constant"] is False else 0), run.err
    values = [one["value"] for one in document["trials"]]
    assert [one["state"] for one in document["trials"]] == ["done", "done"] and document["best"] == values.index(
        min(values)
    )
    assert document["search"] == {"filters": "(2,),(2, 4)"}
    assert mz.load_bundle(out).metrics["validation"]["log_loss"] == min(values)

    table = zoo(*words)
    assert table.out.splitlines()[0].split() == ["trial", "log_loss", "epochs", "seconds", "filters"]
    assert table.out.splitlines()[1].split()[:3] == [str(document["best"]), "done", f"{min(values):.4f}"]
    assert document["command"] in table.out

    program, *again = shlex.split(document["command"])
    assert program == "multimodal-zoo"
    trained = zoo(*again, "--json").document
    assert trained["metrics"]["validation"]["log_loss"] == pytest.approx(min(values), abs=1e-6)
    assert "test" in trained["metrics"]
    assert json.loads((tmp_path / "bundle-tuning" / "trials.json").read_text())["best"] == document["best"]
