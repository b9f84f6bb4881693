"""What the commands answer when all is well."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo import cli
from multimodal_zoo.export.serving_folder.signatures import batches_in_graph


def test_list_shows_every_registered_model(zoo):
    assert [card["name"] for card in zoo("list", "--json").document] == mz.list_models()
    shown = zoo("list").out
    for name in mz.list_models():
        card = mz.model_card(name)
        (line,) = [line for line in shown.splitlines() if line.startswith(f"{name} ")]
        assert card.task in line
        assert ", ".join(card.modalities) in line
        assert card.paper in line


def test_list_takes_a_pattern_and_a_task(zoo):
    assert [card["name"] for card in zoo("list", "*diagnosis*", "--json").document] == mz.list_models("*diagnosis*")
    rankers = zoo("list", "--task", "ranking", "--json").document
    assert "deepfm" in [card["name"] for card in rankers]
    assert {card["task"] for card in rankers} == {"ranking"}


def test_list_without_a_match_is_empty(zoo):
    run = zoo("list", "no-such-*", "--json")
    assert (run.code, run.document) == (0, [])
    assert "No model matches 'no-such-*'" in zoo("list", "no-such-*").out


def test_show_tells_arguments_inputs_and_signatures(zoo):
    document = zoo("show", "lstnet_diagnosis", "--json").document
    assert document["name"] == "lstnet_diagnosis"
    assert document["modalities"] == ["image", "report"]
    assert document["arguments"]["fusion"] == "additive_attention"
    assert document["arguments"]["filters"] == [64, 128, 256]
    assert document["inputs"]["image"] == {"shape": [None, 128, 128, 1], "dtype": "float32"}
    assert document["inputs"]["report"] == {"shape": [None, 256], "dtype": "int32"}
    assert document["signatures"][0] == "serving_default"
    assert document["parameters"] == mz.create_model("lstnet_diagnosis").count_params()
    shown = zoo("show", "lstnet_diagnosis").out
    assert "serving_default" in shown
    assert "missing_modalities" in shown


def test_datasets_tells_licence_and_marks_the_synthetic(zoo):
    rows = {row["name"]: row for row in zoo("datasets", "--json").document}
    assert sorted(rows) == mz.list_datasets()
    assert all(row["licence"] for row in rows.values())
    for name, row in rows.items():
        assert row["title"].startswith("SYNTHETIC") == row["synthetic"] == name.startswith("synthetic-")
    shown = zoo("datasets").out
    assert all(name in shown for name in rows)
    assert "built in" in shown


def test_a_data_set_that_is_not_here_names_the_command_that_gets_it(zoo, monkeypatch, tmp_path):
    monkeypatch.setenv("MULTIMODAL_ZOO_DATA", str(tmp_path))
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "1000")
    assert "not here: multimodal-zoo download ml-100k" in zoo("datasets").out


def test_download_of_a_built_in_set_needs_nothing(zoo):
    run = zoo("download", "synthetic-digits")
    assert (run.code, run.out.strip()) == (0, "synthetic-digits: built in, it needs no files")


def test_train_leaves_the_bundle_it_tells_of(trained):
    document = trained.document
    bundle = mz.load_bundle(trained.folder)
    assert document["bundle"] == str(trained.folder)
    assert document["model"] == bundle.card.name == "lstnet_diagnosis"
    assert bundle.arguments["filters"] == [4, 8]
    assert bundle.arguments["fusion"] == "gated"
    assert bundle.has_presence
    assert document["metrics"]["seed"] == 3
    assert document["metrics"]["epochs"] == 1
    assert document["metrics"]["data"]["synthetic"] is True
    assert document["metrics"]["test"] == bundle.metrics["test"]


def test_train_ends_in_a_table_and_the_place_of_the_bundle(zoo, tmp_path):
    out = tmp_path / "digits"
    small = ["--set", "audio_filters=(4, 8)", "--set", "image_filters=(4, 8)", "--set", "joint_dim=16"]
    words = ["--data", "synthetic-digits", "--out", out, "--epochs", "1", "--strategy", "cpu", *small]
    run = zoo("train", "audio_visual_fusion", *words, "--profile", "--precision", "mixed_bfloat16")
    assert run.code == 0
    bundle = mz.load_bundle(out)
    figures = bundle.metrics
    (share,) = [line for line in run.out.splitlines() if line.startswith("share of the steps' time")]
    assert share.split()[-1] == f"{figures['profile']['input_share']:.4f}"
    assert bundle.model.get_layer("joint").compute_dtype == "bfloat16"
    (line,) = [line for line in run.out.splitlines() if line.startswith("accuracy ")]
    assert line.split()[1:3] == [f"{figures[split]['accuracy']:.4f}" for split in ("validation", "test")]
    assert "SYNTHETIC" in run.out
    assert run.out.rstrip().endswith(f"Bundle: {out}")


def test_a_training_that_learned_nothing_fails_and_keeps_its_bundle(zoo, tmp_path):
    out = tmp_path / "digits"
    small = ["--set", "audio_filters=(4,)", "--set", "image_filters=(4,)", "--set", "joint_dim=4"]
    words = ["--data", "synthetic-digits", "--out", out, "--epochs", "1", "--learning-rate", "1e-9", *small]
    run = zoo("train", "audio_visual_fusion", *words, "--json")
    assert run.code == 1
    assert "no better here than a constant answer" in run.err and str(out) in run.err
    assert run.document["metrics"]["beats_constant"] is False
    assert mz.load_bundle(out).metrics["beats_constant"] is False


def test_evaluate_repeats_the_figures_of_training(zoo, trained, diagnosis):
    document = zoo("evaluate", trained.folder, "--data", "synthetic-diagnosis", "--json").document
    assert document["split"] == "test"
    assert document["records"] == len(diagnosis.split("test"))
    kept = trained.document["metrics"]["test"]
    assert document["metrics"]["accuracy"] == kept["accuracy"]
    assert document["metrics"]["log_loss"] == pytest.approx(kept["log_loss"], abs=1e-6)


def test_evaluate_without_a_modality_is_another_figure(zoo, trained):
    words = ["evaluate", trained.folder, "--data", "synthetic-diagnosis", "--split", "validation", "--json"]
    whole = zoo(*words).document
    without = zoo(*words, "--without", "image").document
    assert without["without"] == ["image"]
    bundle = mz.load_bundle(trained.folder)
    expected = mz.evaluate(bundle, mz.load_dataset("synthetic-diagnosis").split("validation"), without=["image"])
    assert without["metrics"]["log_loss"] == pytest.approx(expected["log_loss"], abs=1e-6)
    assert without["metrics"]["log_loss"] != whole["metrics"]["log_loss"]


def test_predict_answers_files_and_text(zoo, trained, case):
    image, report = case
    document = zoo("predict", trained.folder, "--image", image, "--report", report, "--json").document
    expected = mz.predict_record(mz.load_bundle(trained.folder), {"image": image.read_bytes(), "report": report})
    assert document["label"] == expected["label"]
    assert document["presence"] == {"image": True, "report": True}
    for name, probability in expected["probabilities"].items():
        assert document["probabilities"][name] == pytest.approx(probability, abs=1e-6)
    shown = zoo("predict", trained.folder, f"--report={report}", f"--image={image}").out
    assert f"{expected['probabilities'][expected['label']]:.4f}" in shown


def test_predict_reads_a_text_from_a_file(zoo, trained, case, tmp_path):
    image, report = case
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    written = zoo("predict", trained.folder, "--image", image, "--report", report, "--json").document
    read = zoo(
        "predict", trained.folder, "--image", image, "--report", f"@{tmp_path / 'report.txt'}", "--json"
    ).document
    assert read == written


def test_a_modality_left_out_is_absent(zoo, trained, case):
    _, report = case
    document = zoo("predict", trained.folder, "--report", report, "--json").document
    assert document["presence"] == {"image": False, "report": True}
    assert sum(document["probabilities"].values()) == pytest.approx(1.0, abs=1e-5)


def test_an_empty_report_is_absent_and_said_to_be(zoo, trained, case):
    image, _ = case
    run = zoo("predict", trained.folder, "--image", image, "--report", "", "--json")
    assert run.document["presence"] == {"image": True, "report": False}
    assert "--report is empty: it counts as absent." in run.err
    assert run.document == zoo("predict", trained.folder, "--image", image, "--json").document


def test_export_writes_a_model_that_answers_the_same(zoo, trained, case, tmp_path):
    image, report = case
    place = tmp_path / "saved" / "1"
    run = zoo("export", trained.folder, "--to", place, "--json")
    assert run.document == {"bundle": str(trained.folder), "saved_model": str(place), "warm_up_records": 0}
    served = tf.saved_model.load(str(place))
    answer = served.signatures["serving_default"](
        image_bytes=tf.constant([image.read_bytes()]), report=tf.constant([report])
    )
    asked = zoo("predict", trained.folder, "--image", image, "--report", report, "--json").document
    assert answer["labels"].numpy().tolist() == [asked["label"].encode()]
    probabilities = list(asked["probabilities"].values())
    np.testing.assert_allclose(answer["probabilities"].numpy()[0], probabilities, atol=1e-5)


def test_export_can_batch_in_the_graph(zoo, trained, tmp_path):
    for version, options, batches in (("1", (), False), ("2", ("--in-graph-batching",), True)):
        zoo("export", trained.folder, "--to", tmp_path / version, "--json", *options)
        assert batches_in_graph(tmp_path / version) is batches


def test_json_stands_alone_on_stdout_in_a_process_of_its_own(trained):
    """TensorFlow's C++ code writes to the file descriptors: only a process of its own shows all of it."""
    words = ["evaluate", trained.folder, "--data", "synthetic-diagnosis", "--json"]
    run = subprocess.run([sys.executable, "-m", "multimodal_zoo", *words], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["metrics"]["accuracy"] == trained.document["metrics"]["test"]["accuracy"]


def test_two_logical_cpus_train_mirrored(tmp_path):
    """The devices have to be asked for before TensorFlow starts, so this, too, needs a process of its own."""
    out = tmp_path / "mirrored"
    small = ["--set", "audio_filters=(4, 8)", "--set", "image_filters=(4, 8)", "--set", "joint_dim=16"]
    words = [
        "train",
        "audio_visual_fusion",
        "--data",
        "synthetic-digits",
        "--out",
        out,
        "--epochs",
        "1",
        *small,
    ]
    run = subprocess.run(
        [sys.executable, "-m", "multimodal_zoo", *words, "--strategy", "mirrored", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["metrics"]["strategy"] == "mirrored"
    assert mz.load_bundle(out).metrics["strategy"] == "mirrored"


def test_work_that_prints_does_not_reach_stdout(zoo, monkeypatch):
    """Python's prints and those of child processes alike go to stderr while the answer is in the making."""
    from multimodal_zoo import datasets

    def noisy(name):
        print("from Python")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)

    monkeypatch.setattr(datasets, "fetch_dataset", noisy)
    run = zoo("download", "ml-100k", "--json")
    assert run.document == {"name": "ml-100k", "folder": None}
    assert "from Python" in run.err
    assert "from a child" in run.err


def test_version(zoo):
    assert zoo("--version").out.strip() == mz.__version__


def test_help_names_the_program_and_its_commands(zoo):
    run = zoo("--help")
    assert run.code == cli.DONE
    assert "multimodal-zoo [OPTIONS] COMMAND" in run.out
    commands = ("list", "show", "datasets", "download", "train", "distil", "evaluate", "predict", "export", "check")
    for command in (*commands, "serving-folder", "drift", "reproduce", "calibrate", "robustness"):
        assert f" {command} " in run.out


def test_help_fits_a_screen(zoo, monkeypatch):
    """Each command has one line of 80 characters; what else it does stands in its own help."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = zoo("--help").out.splitlines()
    commands = lines[next(place for place, line in enumerate(lines) if "Commands" in line) + 1 : -2]
    assert len(commands) > 20 and len(lines) <= 40
    assert all(line.lstrip("│ ").split()[0].islower() and line.rstrip("│ ").endswith(".") for line in commands)


# drift ---------------------------------------------------------------------------------------------------------------


def test_drift_of_the_test_split_is_small_and_writes_the_gauge(zoo, trained, tmp_path):
    gauge = tmp_path / "drift.prom"
    run = zoo("drift", trained.folder, "--data", "synthetic-diagnosis", "--prometheus", gauge, "--json")
    assert run.code == 0
    found = run.document["modalities"]
    assert set(found) == {"image", "report"} and all(one["drift"] <= 0.2 for one in found.values())
    values = {line.split()[0]: float(line.split()[1]) for line in gauge.read_text().splitlines() if line[0] != "#"}
    key = 'multimodal_zoo_input_drift{model="lstnet_diagnosis",modality="image"}'
    assert values[key] == pytest.approx(found["image"]["drift"], rel=1e-5)


def test_drift_of_logged_requests_without_images_exits_1_and_says_what_changed(zoo, trained, tmp_path):
    log = tmp_path / "requests.jsonl"
    log.write_text("\n".join(json.dumps({"instances": [{"report": "opacity left"}] * 10}) for _ in range(20)))
    run = zoo("drift", trained.folder, "--requests", log, "--json")
    assert run.code == 1 and run.document["modalities"]["image"]["measure"] == "presence"
    assert run.document["modalities"]["image"]["records"] == 200
    assert "image (presence" in run.err and "beyond --limit 0.2" in run.err


def test_drift_wants_one_source(zoo, trained):
    run = zoo("drift", trained.folder)
    assert run.code == 2 and "--requests FILE" in run.err
