import os
import subprocess
import sys

import pytest

from multimodal_zoo.onednn import SWITCH, choose, choose_onednn, processor_flags

AVX2, VNNI = ("avx", "avx2", "fma"), ("avx", "avx2", "avx512f", "avx512_vnni")


@pytest.mark.parametrize(
    ("environment", "flags", "imported", "on"),
    [
        ({}, AVX2, False, True),
        ({}, AVX2, True, None),
        ({}, VNNI, True, True),
        ({}, ("avx",), False, None),
        ({}, (), False, None),
        ({SWITCH: "0"}, AVX2, False, False),
        ({SWITCH: "0"}, VNNI, False, False),
        ({SWITCH: "1"}, (), True, True),
    ],
)
def test_the_choice(environment, flags, imported, on):
    assert choose(environment, flags, imported).on is on


def test_what_a_person_set_is_left_as_it_is(monkeypatch):
    monkeypatch.setenv(SWITCH, "0")
    assert choose_onednn() == (False, f"{SWITCH} says so")
    assert os.environ[SWITCH] == "0"


@pytest.mark.skipif("avx2" not in processor_flags(), reason="a processor without AVX2, or no Linux")
def test_tensorflow_computes_with_onednn_after_the_import_of_the_zoo():
    """Its C++ says so at the import."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    script = "import multimodal_zoo, tensorflow as tf; print(multimodal_zoo.ONEDNN.on)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"
    assert "oneDNN custom operations are on" in done.stderr
