import builtins
import importlib
import sys

import pytest
from google.protobuf import text_format
from tensorflow.core.protobuf import config_pb2

from multimodal_zoo.export.serving_folder.protos import FIELDS, declared, official, parse_text, pool, text_of


@pytest.mark.parametrize("name", ["ConfigProto", "GPUOptions"])
def test_the_declared_part_of_tensorflows_messages_is_tensorflows(name):
    ours = pool().FindMessageTypeByName(f"tensorflow.{name}")
    theirs = getattr(config_pb2, name).DESCRIPTOR
    assert [field.name for field in ours.fields] == [field for field, _, _ in FIELDS[f"tensorflow.{name}"]]
    for field in ours.fields:
        other = theirs.fields_by_name[field.name]
        assert (field.number, field.type, field.is_repeated) == (other.number, other.type, other.is_repeated)


def test_the_wire_form_of_batching_parameters():
    message = declared("BatchingParameters")(allowed_batch_sizes=[1, 8])
    message.max_batch_size.value = 8
    # Field 1, length 2: field 1 of the wrapper, 8. Field 6, packed: 1 and 8.
    assert message.SerializeToString() == bytes([0x0A, 2, 0x08, 8, 0x32, 2, 1, 8])


def test_text_is_read_back_and_an_unknown_field_is_an_error():
    kind = declared("MonitoringConfig")
    config = parse_text("# a comment\nprometheus_config { enable: true path: '/x' }", kind)
    assert (config.prometheus_config.enable, config.prometheus_config.path) == (True, "/x")
    assert parse_text(text_of(config), kind) == config
    with pytest.raises(text_format.ParseError, match="no field named"):
        parse_text("prometheus { enable: true }", kind)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorflow_serving"]:
        monkeypatch.delitem(sys.modules, name)
    real = importlib.import_module

    def absent(name, *arguments):
        if name.startswith("tensorflow_serving"):
            raise ModuleNotFoundError(f"No module named {name!r}", name="tensorflow_serving")
        return real(name, *arguments)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ImportError, match=r"tensorflow-serving-api: pip install 'multimodal-zoo\[serving\]'"):
        official("config.model_server_config_pb2")


def test_without_pyyaml_the_error_says_what_to_install(monkeypatch):
    from multimodal_zoo.export.serving_folder.folder import yaml_text

    real = builtins.__import__

    def absent(name, *arguments, **options):
        if name == "yaml":
            raise ModuleNotFoundError("No module named 'yaml'", name="yaml")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r"PyYAML: pip install 'multimodal-zoo\[serving\]'"):
        yaml_text([{}])
