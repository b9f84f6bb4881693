"""A program of a user goes through mypy: what is right passes, and each mistake is found on its line."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

RIGHT = """
    from pathlib import Path
    from typing import assert_type

    import multimodal_zoo as mz

    data = mz.load_dataset("synthetic-diagnosis")
    model = mz.create_model("lstnet_diagnosis", missing_modalities=True, **data.modalities)
    small = mz.deepfm(dropout=0.1)
    bundle = mz.fit(model, data, out=Path("runs/diagnosis"), epochs=1)
    assert_type(bundle, mz.Bundle)
    assert_type(mz.load_bundle("runs/diagnosis").card, mz.ModelCard)
    assert_type(mz.export_bundle(bundle, "served"), Path)
    assert_type(mz.list_models("*diagnosis*"), list[str])
    assert_type(mz.Image(64, 64, 3).shape, tuple[int, int, int])
    assert_type(mz.Text(100, 8).adapt(["clear lungs"]), mz.Text)
    record = {"image": b"", "report": "clear lungs"}
    assert_type(mz.explanation_page(mz.explain_record(bundle, record)), str)
"""

# Each with what mypy calls it.
WRONG = {
    'mz.creat_model("deepfm")': "attr-defined",
    'mz.Image("64", 64, 3)': "arg-type",
    "mz.deepfm(dropouts=0.1)": "call-arg",
    'mz.fit(mz.deepfm(), mz.load_dataset("synthetic-clicks"), epoch=1)': "call-arg",
    'mz.load_bundle("runs/diagnosis").model_card': "attr-defined",
    'mz.export_bundle(mz.load_bundle("runs/diagnosis"), "served").signatures': "attr-defined",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """File -> (line, code) of each error that mypy finds."""
    api = pytest.importorskip("mypy.api", reason="needs mypy")
    folder = tmp_path_factory.mktemp("typing")
    (folder / "right.py").write_text(textwrap.dedent(RIGHT))
    (folder / "wrong.py").write_text("\n".join(["import multimodal_zoo as mz", *WRONG]) + "\n")
    # As for a user's program: the package is read for its types alone, and not checked itself.
    settings = f"[mypy]\nmypy_path = {ROOT}\nfollow_imports = silent\nignore_missing_imports = True\n"
    (folder / "mypy.ini").write_text(settings)
    files = [str(folder / name) for name in ("right.py", "wrong.py")]
    options = ["--config-file", str(folder / "mypy.ini"), "--cache-dir", str(folder / "cache"), "--no-pretty"]
    told, failure, _ = api.run([*options, *files])
    assert not failure
    errors: dict[str, list[tuple[int, str]]] = {"right.py": [], "wrong.py": []}
    for path, line, code in re.findall(r"^(.+?):(\d+): error: .*\[([a-z-]+)\]$", told, re.MULTILINE):
        errors[Path(path).name].append((int(line), code))
    return errors


def test_a_right_program_is_clean(found):
    assert found["right.py"] == []


def test_each_mistake_is_found(found):
    assert found["wrong.py"] == list(enumerate(WRONG.values(), 2))
