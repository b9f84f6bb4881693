import json
import shutil

import pytest
from contract.records import fitted, small_model

import multimodal_zoo.models  # noqa: F401  (registers)
from multimodal_zoo.export import export_bundle
from multimodal_zoo.export.check import check_artefact
from multimodal_zoo.export.serving_folder import ServingFolderError
from multimodal_zoo.export.serving_folder.put_version import versions_put
from multimodal_zoo.training import Bundle, save_bundle


def bundle_of(**arguments):
    model = small_model("deepfm", **arguments)
    return Bundle(model, fitted(model), (), model.card, {})


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A bundle and its export, and an export whose signatures differ."""
    folder = tmp_path_factory.mktemp("sources")
    bundle = bundle_of(missing_modalities=True)
    save_bundle(bundle, folder / "bundle")
    export_bundle(bundle, folder / "export")
    export_bundle(bundle_of(missing_modalities=False), folder / "other")
    return folder


@pytest.fixture
def root(tmp_path):
    return tmp_path / "models"


def put(root, **given):
    with versions_put(root, given) as versions:
        return {name: path.relative_to(root).as_posix() for name, path in versions.items()}


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) if root.exists() else None


def test_an_export_becomes_the_next_version_byte_for_byte(root, sources):
    assert put(root, deepfm=sources / "export", twin=sources / "export") == {"deepfm": "deepfm/1", "twin": "twin/1"}
    for path in (sources / "export").rglob("*"):
        if path.is_file():
            copy = root / "deepfm" / "1" / path.relative_to(sources / "export")
            assert copy.read_bytes() == path.read_bytes()
    assert files(root / "deepfm")[0] == "1"


def test_what_is_there_already_stays_the_version_it_is(root, sources):
    put(root, deepfm=sources / "export")
    assert put(root, deepfm=sources / "export") == {"deepfm": "deepfm/1"}
    assert put(root, deepfm=root / "deepfm" / "1") == {"deepfm": "deepfm/1"}
    assert [path.name for path in (root / "deepfm").iterdir()] == ["1"]


def test_a_bundle_is_exported(root, sources):
    put(root, deepfm=sources / "export")
    assert put(root, deepfm=sources / "bundle") == {"deepfm": "deepfm/2"}
    report = check_artefact(root / "deepfm" / "2")
    assert report.passed and report.previous == root / "deepfm" / "1"


def test_a_number_that_something_else_has_is_not_taken(root, sources):
    (root / "deepfm" / "7").mkdir(parents=True)
    (root / "deepfm" / "7" / "thesis.txt").write_text("precious")
    assert put(root, deepfm=sources / "export") == {"deepfm": "deepfm/8"}
    assert (root / "deepfm" / "7" / "thesis.txt").read_text() == "precious"


def test_a_tampered_export_is_refused_and_leaves_no_trace(root, sources, tmp_path):
    tampered = tmp_path / "tampered"
    shutil.copytree(sources / "export", tampered)
    with open(tampered / "fingerprint.pb", "ab") as file:
        file.write(b"x")
    with pytest.raises(ServingFolderError, match=f"{tampered} is refused as {root}/deepfm/1. manifest: {tampered}"):
        put(root, twin=sources / "export", deepfm=tampered)
    assert files(root) is None


def test_a_version_that_breaks_clients_is_refused(root, sources):
    put(root, deepfm=sources / "export")
    before = files(root)
    with pytest.raises(ServingFolderError, match="signatures: The input 'presence' of 'tensors' was .* and is gone"):
        put(root, deepfm=sources / "other")
    assert files(root) == before


def test_what_is_neither_is_refused(root, tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"sha256": {}}))
    with pytest.raises(ServingFolderError, match=f"{tmp_path} is neither a bundle nor an exported version"):
        put(root, deepfm=tmp_path)
    with pytest.raises(ServingFolderError, match="'../out' cannot name a served model"):
        put(root, **{"../out": tmp_path})
    assert files(root) is None


def test_if_the_block_fails_what_is_new_is_taken_out_again(root, sources):
    put(root, deepfm=sources / "export")
    before = files(root)
    with pytest.raises(KeyError), versions_put(root, {"deepfm": sources / "bundle", "twin": sources / "export"}):
        assert (root / "deepfm" / "2").is_dir() and (root / "twin" / "1").is_dir()
        raise KeyError
    assert files(root) == before
