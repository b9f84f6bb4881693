"""A program that only asks needs neither TensorFlow nor Keras, and gRPC only where it is spoken."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import multimodal_zoo

ROOT = Path(multimodal_zoo.__file__).resolve().parent.parent
CLIENT = ROOT / "multimodal_zoo" / "export" / "client"
HEAVY = ("tensorflow", "keras", "tf_keras", "keras_hub", "sklearn", "tensorflow_text")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_client_imports_only_itself_and_what_is_light():
    allowed = {"numpy", "grpc", "google", *sys.stdlib_module_names}
    for path in CLIENT.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) else []
            for module in modules:
                own = module.startswith("multimodal_zoo.export.client")
                assert own or module.partition(".")[0] in allowed, f"{path.name} imports {module}"


@pytest.mark.parametrize(
    ("names", "grpc_too"),
    [("RestClient, OpenInferenceClient", False), ("GrpcClient, OpenInferenceGrpcClient", True)],
)
def test_importing_a_client_loads_nothing_heavy(names, grpc_too):
    code = (
        f"import sys; from multimodal_zoo.export.client import {names};"
        f"print([name for name in {HEAVY} if name in sys.modules], 'grpc' in sys.modules)"
    )
    assert run(code) == f"[] {grpc_too}"


def test_http_clients_import_without_grpc():
    code = (
        "import sys; sys.modules['grpc'] = None; from multimodal_zoo.export import client;"
        "client.RestClient('http://127.0.0.1:1', 'm')\n"
        "try:\n    client.GrpcClient\n"
        "except ImportError as error: print('grpc' in str(error))"
    )
    assert run(code) == "True"


def test_the_public_names_exist():
    from multimodal_zoo.export import client

    assert [name for name in client.__all__ if getattr(client, name).__name__ != name] == []
    with pytest.raises(AttributeError, match="no attribute 'SoapClient'"):
        _ = client.SoapClient
