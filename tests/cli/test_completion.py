"""What shells are offered when the tab key is pressed, asked as they ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from multimodal_zoo.cli.bash_words import put_together
from multimodal_zoo.cli.completion import known_names, registered_names

PROGRAM = "multimodal-zoo"


@pytest.fixture(scope="module")
def without_tensorflow(tmp_path_factory):
    """An environment in which TensorFlow and Keras cannot be imported: a shell must not wait for them."""
    folder = tmp_path_factory.mktemp("without")
    for name in ("tensorflow", "keras"):
        (folder / f"{name}.py").write_text(f"raise ImportError('{name} was imported')\n")
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    return {**os.environ, "PYTHONPATH": path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


@pytest.fixture
def offered(without_tensorflow):
    """What is offered for the last of the words, cut as Bash cuts them where it asks."""

    def ask(shell, *words):
        by_bash = {"COMP_WORDS": "\n".join([PROGRAM, *words]), "COMP_CWORD": str(len(words))}
        by_others = {"_TYPER_COMPLETE_ARGS": " ".join([PROGRAM, *words]), "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        asked = {"_MULTIMODAL_ZOO_COMPLETE": f"complete_{shell}", **(by_bash if shell == "bash" else by_others)}
        words = [sys.executable, "-m", "multimodal_zoo"]
        done = subprocess.run(words, capture_output=True, text=True, env={**without_tensorflow, **asked})
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [line for line in done.stdout.splitlines() if line]

    return ask


def test_what_is_written_down_is_what_is_registered():
    assert known_names() == registered_names(), "run `make names`"


@pytest.mark.parametrize(
    "words, expected",
    [
        (["dow"], ["download"]),
        (["train", "lstnet_"], ["lstnet_diagnosis"]),
        (["show", "audio_visual_f"], ["audio_visual_fusion"]),
        (["train", "deepfm", "--data", "synthetic-di"], ["synthetic-diagnosis", "synthetic-digits"]),
        (["download", "easy"], ["easy-vqa"]),
        (["train", "deepfm", "--set", "fusion=gat"], ["fusion=gated"]),
        (["reproduce", "cmapss"], ["cmapss-fd001/machine_health"]),
        (["drift", "bundle", "--data", "easy"], ["easy-vqa"]),
        (["export", "bundle", "--warm-up", "mos"], ["mosi"]),
        (["export", "bundle", "--data", "an"], ["an4"]),
        (["train", "deepfm", "--optimizer", "lazy_ad"], ["lazy_adam", "lazy_adagrad"]),
        (["train", "deepfm", "--precision", "mixed_b"], ["mixed_bfloat16"]),
        (["train", "deepfm", "--strategy", "m"], ["mirrored", "multi_worker"]),
        (["train", "no_such_model"], []),
    ],
)
def test_names_without_tensorflow(words, expected, offered):
    assert offered("bash", *words) == expected


def test_fish_is_told_whole_words(offered):
    assert offered("fish", "train", "deepfm", "--data", "ml-100k:ctr-") == ["ml-100k:ctr-history"]


def test_zsh_is_told_names_with_their_colons_kept(offered):
    (told,) = offered("zsh", "train", "deepfm", "--data", "lstnet-exchange:horizon-3")
    assert told == r"""_arguments '*: :(("lstnet-exchange\\:horizon-3"))'"""


def test_bash_is_given_the_rest_of_a_word_that_it_cut(offered):
    data = ["train", "deepfm", "--data", "ml-100k", ":"]
    assert offered("bash", *data, "ctr") == ["ctr", "ctr-history"]
    assert set(offered("bash", *data)) == set(known_names()["datasets"]["ml-100k"])
    assert offered("bash", "train", "deepfm", "--set", "fusion", "=", "mfh") == ["mfh"]
    assert offered("bash", "train", "deepfm", "--data", "=", "ml-100k", ":", "ctr-") == ["ctr-history"]
    assert offered("bash", "train", "deepfm", "--data", "=", "mos") == ["mosi"]
    # Where a person took the colon out of COMP_WORDBREAKS.
    assert offered("bash", "train", "deepfm", "--data", "ml-100k:ctr-") == ["ml-100k:ctr-history"]


@pytest.mark.parametrize(
    "pieces, position, expected",
    [
        (["zoo"], 1, (["zoo", ""], 1, "")),
        (["zoo", "train", "x", "--data"], 2, (["zoo", "train", "x"], 2, "")),
        (["zoo", "a", ":", "b", "c"], 4, (["zoo", "a:b", "c"], 2, "")),
        (["zoo", "a", ":", "b", "=", "c"], 5, (["zoo", "a:b=c"], 1, "a:b=")),
        (["zoo", "--set", "=", "k", "=", "v"], 5, (["zoo", "--set=k=v"], 1, "k=")),
        (["zoo", "a", ":"], 2, (["zoo", "a:"], 1, "a:")),
    ],
)
def test_pieces_become_words(pieces, position, expected):
    assert put_together(pieces, position) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_shown(shell, without_tensorflow):
    words = [sys.executable, "-m", "multimodal_zoo", "--show-completion", shell]
    done = subprocess.run(words, capture_output=True, text=True, env=without_tensorflow, check=True)
    assert f"_MULTIMODAL_ZOO_COMPLETE=complete_{shell}" in done.stdout and PROGRAM in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no Bash here")
def test_bash_itself_completes(without_tensorflow, tmp_path):
    """With the script as `--show-completion` gives it, the words cut as Bash does it."""
    command = tmp_path / PROGRAM
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m multimodal_zoo "$@"\n')
    command.chmod(0o755)
    script = f"""
      PATH="{tmp_path}:$PATH"
      source <({PROGRAM} --show-completion bash)
      COMP_WORDS=({PROGRAM} train deepfm --data ml-100k : cold); COMP_CWORD=6
      _multimodal_zoo_completion {PROGRAM}
      echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=without_tensorflow)
    assert (done.stdout.split(), done.stderr) == (["cold-items"], "")
