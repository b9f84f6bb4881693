"""What a person does first with the installed wheel.

It is run by the interpreter of that environment, outside of the sources, and is given the folder that the package has
to come from.
"""

import subprocess
import sys
from pathlib import Path

import multimodal_zoo as mz

FOLDER = Path(sys.argv[1]).resolve()
COMMAND = Path(sys.executable).with_name("multimodal-zoo")


def said(*words: str | Path) -> str:
    """What a command says; it has to end well."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


assert Path(mz.__file__).resolve() == FOLDER / "multimodal_zoo" / "__init__.py", f"imported from {mz.__file__}"
assert "reproduce" in said(COMMAND, "--help")
assert said(COMMAND, "--version").strip() == mz.__version__
assert "lstnet_diagnosis" in said(sys.executable, "-m", "multimodal_zoo", "list")

data = mz.load_dataset("synthetic-clicks")
bundle = mz.train_named("deepfm", data, epochs=1, verbose=0)
record, _ = data.split("test")[0]
answer = mz.predict_record(bundle, record)
assert 0 < answer["score"] < 1, answer
print(f"multimodal_zoo {mz.__version__} of {FOLDER} answers {answer['score']:.3f}.")
