"""Take TensorFlow's two shared libraries out of a wheel, nothing else: `python unpack_wheel.py WHEEL FOLDER`."""

import os
import shutil
import sys
import zipfile
from pathlib import Path

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")


def unpack(wheel: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for library in LIBRARIES:
            beside = folder / f"{library}.new"
            with archive.open(f"tensorflow/{library}") as source, open(beside, "wb") as target:
                shutil.copyfileobj(source, target)
            os.replace(beside, folder / library)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
