"""What `train` hands on of how a step is computed."""

import pytest

from multimodal_zoo import training

WORDS = ["train", "lstnet_diagnosis", "--data", "synthetic-diagnosis", "--out"]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], "auto"),
        (["--jit", "auto"], "auto"),
        (["--jit", "measure"], "measure"),
        (["--jit", "on"], True),
        (["--jit", "off"], False),
    ],
)
def test_each_word_for_jit_is_what_fit_takes(zoo, tmp_path, monkeypatch, words, given):
    def stop(*arguments, jit_compile, **settings):
        raise ValueError(f"jit_compile={jit_compile!r}")

    monkeypatch.setattr(training, "train_named", stop)
    run = zoo(*WORDS, tmp_path / "bundle", *words)
    assert run.code == 1 and f"Error: jit_compile={given!r}" in run.err


def test_another_word_for_jit_is_refused(zoo, tmp_path):
    run = zoo(*WORDS, tmp_path / "bundle", "--jit", "mesure")
    assert run.code == 2
    assert "Error: Unknown --jit 'mesure'. Did you mean 'measure'? Known: auto, measure, off, on." in run.err


def test_a_network_without_transformer_blocks_cannot_recompute(zoo, tmp_path):
    run = zoo(*WORDS, tmp_path / "bundle", "--recompute", "--epochs", "1")
    assert run.code == 1
    assert "Error: recompute=True is for networks with Transformer blocks; lstnet_diagnosis has none." in run.err
    assert not (tmp_path / "bundle").exists()
