import pytest

from multimodal_zoo.export.check import Outcome
from multimodal_zoo.export.check.variables import check_variables


def data(version):
    (path,) = (version / "variables").glob("variables.data-*")
    return path


def test_whole_variables_pass(version):
    check = check_variables(version)
    assert check.outcome == Outcome.PASSED
    assert check.reason.endswith("variables, each whole.")


def test_one_flipped_bit_names_the_variable(version):
    path = data(version)
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(bytes(content))
    check = check_variables(version)
    assert check.outcome == Outcome.FAILED
    assert check.reason.count("Variable weights/") == 1
    assert "truncated or was changed" in check.reason


@pytest.mark.parametrize("kept", [0, 100])
def test_a_truncated_file_of_variables(version, kept):
    path = data(version)
    path.write_bytes(path.read_bytes()[:kept])
    check = check_variables(version)
    assert check.outcome == Outcome.FAILED
    assert "cannot be read, its file is missing, truncated or was changed" in check.reason
    assert check.reason.endswith("more. Copy or export the model anew.")


def test_a_missing_file_of_variables(version):
    data(version).unlink()
    check = check_variables(version)
    assert check.outcome == Outcome.FAILED and "cannot be read" in check.reason


@pytest.mark.parametrize("content", [b"", b"nonsense" * 20])
def test_a_broken_index(version, content):
    (version / "variables" / "variables.index").write_bytes(content)
    check = check_variables(version)
    assert check.outcome == Outcome.FAILED
    assert "variables.index cannot be read, it is truncated or was changed" in check.reason


def test_a_missing_index(version):
    (version / "variables" / "variables.index").unlink()
    check = check_variables(version)
    assert check.outcome == Outcome.FAILED and "variables.index is missing" in check.reason
