"""What the command says, and with which exit code, when it is used wrongly or fails."""

import json
import shutil

import pytest

from multimodal_zoo import cli, training

TRAIN = ["train", "lstnet_diagnosis", "--data", "synthetic-diagnosis", "--out"]


def said(run):
    """The one line on stderr that says what is wrong."""
    assert "Traceback" not in run.err
    (line,) = [line for line in run.err.splitlines() if line.startswith("Error: ")]
    return line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["show", "lstnet_diagnose"],
            "Unknown model 'lstnet_diagnose'. Did you mean 'lstnet_diagnosis'? Known: ",
        ),
        (["list", "--task", "rank"], "Unknown task 'rank'. Did you mean 'ranking'? Known: "),
        (["download", "ml-10k"], "Unknown data set 'ml-10k'. Did you mean 'ml-100k'? Known: "),
        (["frobnicate"], "No such command 'frobnicate'. See `multimodal-zoo --help`."),
        (["train", "deepfm"], "Missing option '--data'. See `multimodal-zoo train --help`."),
        (["list", "--taks", "ranking"], "No such option: --taks"),
        (["evaluate", "no/bundle", "--data", "x"], "There is no bundle at no/bundle. Train one with"),
        (["predict", "no/bundle", "--image", "x.jpg"], "There is no bundle at no/bundle."),
        (["export", "no/bundle", "--to", "x"], "There is no bundle at no/bundle."),
        (
            ["predict", "--image", "x.jpg"],
            "The bundle comes first, before the options; got '--image' in its place.",
        ),
    ],
)
def test_wrong_words_exit_with_2(zoo, words, message):
    run = zoo(*words)
    assert run.code == 2
    assert run.out == ""
    assert said(run).startswith(f"Error: {message}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--set", "fusoin=gated"],
            "Unknown argument of lstnet_diagnosis 'fusoin'. Did you mean 'fusion'? Known: ",
        ),
        (["--set", "fusion=gatd"], "Unknown fusion 'gatd'. Did you mean 'gated'? Known: "),
        (["--set", "fusion"], "--set takes KEY=VALUE, got 'fusion'."),
        (["--set", "missing_modalities=maybe"], "--set missing_modalities is True or False, got 'maybe'."),
        (
            ["--set", "image=x.jpg"],
            "--set image=x.jpg: modalities come from the data set; None leaves one out.",
        ),
        (["--strategy", "gpus"], "Unknown strategy 'gpus'. Did you mean 'gpu'? Known: auto, cpu, gpu, mirrored, "),
        (["--epochs", "0"], "Invalid value for '--epochs': "),
        (["--epochs", "many"], "Invalid value for '--epochs': "),
        (["--learning-rate", "-1"], "--learning-rate has to be greater than 0, got -1.0."),
        (["--linear-start", "0"], "--linear-start has to be greater than 0, got 0.0."),
    ],
)
def test_wrong_training_exits_with_2_and_writes_nothing(zoo, tmp_path, words, message):
    run = zoo(*TRAIN, tmp_path / "out", *words)
    assert run.code == 2
    assert said(run).startswith(f"Error: {message}")
    assert list(tmp_path.iterdir()) == []


def test_a_linear_start_without_a_linear_path_fails_and_writes_nothing(zoo, tmp_path):
    run = zoo(*TRAIN, tmp_path / "out", "--set", "highway=false", "--linear-start", "0.1")
    assert run.code == 1
    assert said(run) == "Error: lstnet_diagnosis has no linear path of words to solve: build it with highway=True."
    assert list(tmp_path.iterdir()) == []


def test_unknown_model_data_set_and_protocol(zoo, tmp_path):
    out = ["--out", tmp_path / "out"]
    unknown_model = zoo("train", "depfm", "--data", "synthetic-clicks", *out)
    assert (unknown_model.code, said(unknown_model)[:46]) == (
        2,
        "Error: Unknown model 'depfm'. Did you mean 'de",
    )
    unknown_data = zoo("train", "deepfm", "--data", "synthetic-click", *out)
    assert unknown_data.code == 2
    assert "Unknown data set 'synthetic-click'. Did you mean 'synthetic-clicks'?" in said(unknown_data)
    unknown_protocol = zoo("train", "deepfm", "--data", "ml-100k:u9", *out)
    assert unknown_protocol.code == 2
    assert "Unknown protocol of ml-100k 'u9'." in said(unknown_protocol)


def test_a_model_and_data_that_do_not_go_together_fail(zoo, tmp_path):
    run = zoo("train", "audio_visual_fusion", "--data", "synthetic-clicks", "--out", tmp_path / "out")
    assert run.code == 1
    assert "audio_visual_fusion" in said(run)
    assert list(tmp_path.iterdir()) == []


def test_data_that_are_nowhere_fail_with_the_command_and_the_folders(zoo, trained, tmp_path, monkeypatch):
    """Reaching for the network is cut off: the message is what a person without it reads."""
    import multimodal_zoo.datasets.download as download

    def no_network(*arguments, **named):
        raise OSError("no network")

    monkeypatch.setenv("MULTIMODAL_ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download.keras.utils, "get_file", no_network)
    monkeypatch.setattr(download.subprocess, "run", no_network)
    run = zoo("evaluate", trained.folder, "--data", "covid-cxr")
    assert run.code == 1
    message = said(run)
    assert str(tmp_path / "data") in message
    assert str(tmp_path / "cache") in message
    assert "multimodal-zoo download covid-cxr" in message


def test_an_out_that_is_something_else_is_left_alone(zoo, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    run = zoo(*TRAIN, tmp_path)
    assert run.code == 1
    assert "was not written by multimodal_zoo" in said(run)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_unknown_split_and_modality(zoo, trained):
    words = ["evaluate", trained.folder, "--data", "synthetic-diagnosis"]
    split = zoo(*words, "--split", "tset")
    assert (split.code, "'tset'. Did you mean 'test'?" in said(split)) == (2, True)
    modality = zoo(*words, "--without", "imag")
    assert (modality.code, "Unknown modality 'imag'. Did you mean 'image'?" in said(modality)) == (2, True)
    nothing = zoo(*words, "--without", "image", "--without", "report")
    assert nothing.code == 2
    assert "--without leaves nothing to look at: the bundle reads image, report." in said(nothing)


def test_unknown_option_of_predict_lists_those_of_the_bundle(zoo, trained):
    run = zoo("predict", trained.folder, "--imgae", "x.jpg")
    assert run.code == 2
    assert said(run) == "Error: Unknown option '--imgae'. Did you mean '--image'? Known: --image, --report."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "There is nothing to answer: give at least one of --image, --report."),
        (["--report", ""], "There is nothing to answer: give at least one of --image, --report."),
        (
            ["--image", "nowhere.jpg"],
            "--image: nowhere.jpg does not exist. Leave --image out if there is none.",
        ),
        (["--image", "."], "--image: . is a folder. Leave --image out if there is none."),
        (["--report", "@nowhere.txt"], "--report: nowhere.txt does not exist. Begin the text with @@"),
        (["--report"], "--report needs a value."),
        (["--report", "a", "--report", "b"], "--report was given 2 times; it takes one value."),
        (["--report", "clear", "lungs"], "Unexpected 'lungs': a value follows its option, in quotes"),
    ],
)
def test_wrong_record_exits_with_2(zoo, trained, words, message):
    run = zoo("predict", trained.folder, *words)
    assert run.code == 2
    assert run.out == ""
    assert said(run).startswith(f"Error: {message}")


def test_a_text_file_given_as_an_image_fails(zoo, trained, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("This is no image.", encoding="utf-8")
    run = zoo("predict", trained.folder, "--image", notes, "--report", "Clear lungs.")
    assert run.code == 1
    assert run.out == ""
    assert "'image' could not be read: expected a JPEG, PNG, GIF or BMP image." in said(run)


def test_a_truncated_image_fails(zoo, trained, case):
    image, report = case
    image.write_bytes(image.read_bytes()[:60])
    run = zoo("predict", trained.folder, "--image", image, "--report", report)
    assert run.code == 1
    assert "'image' could not be read" in said(run)


def test_a_bundle_with_a_changed_byte_names_the_file(zoo, trained, tmp_path):
    folder = tmp_path / "tampered"
    shutil.copytree(trained.folder, folder)
    content = bytearray((folder / "labels.json").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "labels.json").write_bytes(bytes(content))
    for words in (
        ["predict", folder, "--report", "Clear lungs."],
        ["evaluate", folder, "--data", "synthetic-diagnosis"],
        ["export", folder, "--to", tmp_path / "saved"],
    ):
        run = zoo(*words)
        assert run.code == 1
        assert f"{folder / 'labels.json'} was changed since it was written" in said(run)
    assert not (tmp_path / "saved").exists()


def test_a_folder_that_is_no_bundle_fails(zoo, tmp_path):
    run = zoo("predict", tmp_path, "--image", "x.jpg")
    assert run.code == 1
    assert f"{tmp_path} is no bundle" in said(run)


def test_a_file_name_given_as_text_is_pointed_out(zoo, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.txt").write_text("Clear lungs.", encoding="utf-8")
    run = zoo("predict", trained.folder, "--report", "report.txt")
    assert run.code == 0
    assert "--report: 'report.txt' is taken as the text itself; @report.txt reads the file." in run.err


@pytest.mark.parametrize(
    ("words", "code"),
    [(["show", "depfm", "--json"], 2), (["train", "deepfm", "--json"], 2), (["predict", ".", "--json"], 1)],
)
def test_with_json_an_error_is_the_one_document(zoo, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    run = zoo(*words)
    assert run.code == code
    assert run.document == {"error": said(run).removeprefix("Error: "), "exit_code": code}


def test_debug_shows_the_traceback(zoo, monkeypatch):
    monkeypatch.setenv("MULTIMODAL_ZOO_DEBUG", "1")
    run = zoo("show", "depfm")
    assert run.code == 2
    assert "Traceback (most recent call last)" in run.err
    assert run.err.splitlines()[-1].startswith("Error: Unknown model 'depfm'.")


def test_an_interruption_says_how_to_go_on(zoo, tmp_path, monkeypatch):
    def interrupted(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train_named", interrupted)
    run = zoo(*TRAIN, tmp_path / "out")
    assert run.code == cli.INTERRUPTED
    assert run.err.splitlines()[-1] == "Interrupted. The same command goes on from the last checkpoint."


def test_without_a_command_it_shows_the_help_and_exits_with_2(zoo):
    run = zoo()
    assert run.code == 2
    assert "COMMAND" in run.out


def test_a_failure_leaves_stdout_valid_for_json_even_when_the_work_printed(zoo, monkeypatch):
    from multimodal_zoo import datasets

    def noisy(name):
        print("half way")
        raise OSError("disk full")

    monkeypatch.setattr(datasets, "fetch_dataset", noisy)
    run = zoo("download", "ml-100k", "--json")
    assert json.loads(run.out) == {"error": "disk full", "exit_code": 1}
