"""The command line of the results scripts that run seed by seed."""

import pytest
import results_few_shot
import results_generation


@pytest.mark.parametrize(
    ("script", "row", "known"),
    [
        (results_generation, "painter", "--only takes one of autoencoder; translator; translator, critic"),
        (results_few_shot, "prototypes", "prototypes:both, random weights:both, reptile:both, dual encoder"),
    ],
)
def test_only_takes_a_row_and_a_seed(script, row, known, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [script.__name__, "--only", row, "0"])
    with pytest.raises(SystemExit) as stopped:
        script.main()
    assert stopped.value.code == 2
    assert known in capsys.readouterr().err
