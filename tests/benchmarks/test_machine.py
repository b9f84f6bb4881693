"""What a results file says of the machine."""

import datetime
import json
import os
from importlib.metadata import version

import machine
import pytest


def test_work_of_others_is_the_busy_share_of_all_cores(monkeypatch):
    moments = iter([(10.0, 90.0), (13.0, 91.0)])
    monkeypatch.setattr(machine, "processor_seconds", lambda: next(moments))
    # Three of four core seconds were busy.
    assert machine.busy_cores(0.0) == pytest.approx(0.75 * os.cpu_count(), abs=0.005)


def test_where_nothing_tells_of_other_work_there_is_no_figure(monkeypatch):
    def refuse():
        raise FileNotFoundError("/proc/stat")

    monkeypatch.setattr(machine, "processor_seconds", refuse)
    assert machine.busy_cores(0.0) is None


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="the system has another way to say it")
def test_seconds_of_the_processor_go_on():
    busy, idle = machine.processor_seconds()
    sum(range(3_000_000))
    later = machine.processor_seconds()
    assert later[0] >= busy > 0 and later[1] >= idle > 0


def test_a_package_in_a_folder_of_its_own_has_the_version_that_lies_there(tmp_path):
    folder = tmp_path / "numpy-0.0.7.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.7\n")
    found = machine.environment("numpy", peers=tmp_path)
    assert found["numpy"] == machine.version_in(tmp_path, "numpy") == "0.0.7"
    assert machine.version_in(None, "numpy") == machine.version_in(tmp_path / "empty", "numpy") == version("numpy")


def test_a_results_file_says_the_day_the_other_work_and_the_versions_of_peers(tmp_path, monkeypatch):
    import experiment

    monkeypatch.setattr(experiment, "RESULTS", tmp_path)
    monkeypatch.setattr(experiment, "busy_cores", lambda: 0.25)
    days = {datetime.datetime.now(datetime.UTC).date().isoformat()}
    file = experiment.write_result("one", "One", "in turns", [], {"a": [1.0]}, ("scipy",), "make bench")
    days.add(datetime.datetime.now(datetime.UTC).date().isoformat())
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["measured"] in days
    assert (document["other work, cores"], document["samples"]) == (0.25, {"a": [1.0]})
    assert document["environment"]["scipy"] == version("scipy")
