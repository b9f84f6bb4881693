"""`demo`: its help, a missing extra, which bundles it takes, and the process itself."""

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from demo.small_bundles import diagnosis

from multimodal_zoo import cli
from multimodal_zoo.demo import offered_bundles as offered_module
from multimodal_zoo.demo.offered_bundles import offered_bundles
from multimodal_zoo.demo.serve import address_of, listening
from multimodal_zoo.training import predict_record, save_bundle


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    bundle, _ = diagnosis()
    return save_bundle(bundle, tmp_path_factory.mktemp("demo") / "diagnosis")


def test_the_help_tells_what_it_does(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["demo", "--help"]) == 0
    said = capfd.readouterr().out
    for part in ("[BUNDLE]...", "--port", "--host", "--no-browser", "Nothing is stored"):
        assert part in said


def test_a_missing_extra_is_named(capfd, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert cli.main(["demo", "--no-browser"]) == 1
    assert capfd.readouterr().err == "Error: The demo needs uvicorn: pip install 'multimodal-zoo[demo]'.\n"


def test_a_folder_that_is_not_there_is_wrong_usage(capfd):
    assert cli.main(["demo", "no/bundle", "--no-browser"]) == 2
    assert "There is no bundle at no/bundle." in capfd.readouterr().err


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} .*Choose another port: --port 0 takes a free one"):
            listening("127.0.0.1", port)


def test_it_serves_until_it_is_interrupted(saved):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "multimodal_zoo", "demo", str(saved), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{address}/models", timeout=60) as answer:
                told = json.load(answer)
            assert [one["model"] for one in told["models"]] == [str(saved)]
            process.send_signal(signal.SIGINT)
            assert process.wait(120) == 0
        finally:
            process.kill()


def test_the_address_is_one_that_a_browser_takes():
    with listening("127.0.0.1", 0) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_bundles_that_are_named_or_left_by_make_run_are_offered(saved, tmp_path, monkeypatch):
    named = offered_bundles([saved])
    assert (list(named.bundles), named.note) == ([str(saved)], "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "flagships").mkdir(parents=True)
    (tmp_path / "runs" / "flagships" / "lstnet_diagnosis").symlink_to(saved)
    left = offered_bundles([])
    assert list(left.bundles) == ["runs/flagships/lstnet_diagnosis"]
    assert left.note == "No bundle was named: these are the ones of make run, in runs/flagships."


def test_without_any_bundle_a_small_network_is_trained_and_said_to_be(tmp_path, monkeypatch, capfd):
    def few_records(name):
        data = load_dataset(name)
        return dataclasses.replace(data, splits={key: one.take(range(32)) for key, one in data.splits.items()})

    load_dataset = offered_module.load_dataset
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(offered_module, "load_dataset", few_records)
    monkeypatch.setattr(offered_module, "EPOCHS", 1)
    offered = offered_bundles([])
    (bundle,) = offered.bundles.values()
    assert bundle.has_presence and bundle.metrics["data"]["synthetic"] and bundle.metrics["epochs"] == 1
    assert sum(predict_record(bundle, {"report": "slight cough"})["probabilities"].values()) == pytest.approx(1)
    assert "trained a minute ago on the built-in data set synthetic-diagnosis" in offered.note
    assert "training a small one" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
