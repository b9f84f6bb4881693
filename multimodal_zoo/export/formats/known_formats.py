"""The formats by name, and what each of them needs and can do."""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

from multimodal_zoo.export.formats import litert, onnx, openvino
from multimodal_zoo.export.formats.format_error import FormatError
from multimodal_zoo.unknown_name import UnknownName

# Each module has: FILE, the name of what it writes; QUANTIZATIONS; PACKAGES that its extra brings;
# convert(trunk, file, quantize, calibration) and runtime(file).
FORMATS: dict[str, ModuleType] = {"litert": litert, "onnx": onnx, "openvino": openvino}


def known_format(name: str, quantize: str | None) -> ModuleType:
    """The module of a format, once it is sure that it can do what is asked.

    Args:
        name: a key of `FORMATS`.
        quantize: None, or one of the module's QUANTIZATIONS.

    Raises:
        UnknownName: no such format, or it has no such quantisation.
        FormatError: its extra is not installed.
    """
    if name not in FORMATS:
        raise UnknownName("format", name, FORMATS)
    module = FORMATS[name]
    if quantize is not None and quantize not in module.QUANTIZATIONS:
        raise UnknownName(f"quantisation of {name}", quantize, module.QUANTIZATIONS)
    missing = [package for package in module.PACKAGES if find_spec(package) is None]
    if missing:
        raise FormatError(
            f"The format {name} needs {', '.join(missing)}, not installed here: pip install 'multimodal-zoo[{name}]'."
        )
    return module
