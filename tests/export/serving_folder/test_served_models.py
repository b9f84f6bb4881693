import pytest

from multimodal_zoo.export.serving_folder import ServedModel, ServingFolderError
from multimodal_zoo.export.serving_folder.served_models import find_model, find_models, model_versions


def test_versions_are_ordered_as_numbers_and_other_folders_are_no_versions(root):
    (root / "deep_fm" / "notes").mkdir()
    assert list(model_versions(root, "deep_fm")) == [1, 2, 10]


def test_the_newest_two_are_stable_and_canary_and_a_sole_version_is_stable(root):
    found = find_models(root, ["deep_fm", "diagnosis"])
    assert [(model.versions, model.labels) for model in found] == [
        ((2, 10), {"stable": 2, "canary": 10}),
        ((3,), {"stable": 3}),
    ]


def test_a_labelled_version_is_served_beside_the_newest(root):
    found = find_model(root, ServedModel("deep_fm", keep=1, labels={"stable": 1, "canary": 10}))
    assert found.versions == (1, 10)
    assert found.labels == {"stable": 1, "canary": 10}


def test_an_unknown_model_names_those_that_are_there(root):
    with pytest.raises(ServingFolderError, match=r"no model folder .*/deepfm\. .*: deep_fm, diagnosis\. Export one"):
        find_model(root, ServedModel("deepfm"))


def test_a_root_that_is_not_there(tmp_path):
    with pytest.raises(ServingFolderError, match="no model folder .*: none"):
        find_model(tmp_path / "nowhere", ServedModel("deepfm"))


def test_a_model_without_a_numbered_folder(root):
    (root / "deepfm" / "v1").mkdir(parents=True)
    with pytest.raises(ServingFolderError, match=r"no version folder: .*/deepfm/1 was expected, found v1"):
        find_model(root, ServedModel("deepfm"))


def test_a_version_without_a_saved_model(root):
    (root / "deep_fm" / "11").mkdir()
    with pytest.raises(ServingFolderError, match=r"deep_fm/11 is named as a version but holds no saved_model\.pb"):
        find_model(root, ServedModel("deep_fm"))


def test_two_folders_of_one_version(root):
    (root / "deep_fm" / "010").mkdir()
    (root / "deep_fm" / "010" / "saved_model.pb").touch()
    with pytest.raises(ServingFolderError, match="deep_fm/010 and .*deep_fm/10 are the same version"):
        find_model(root, ServedModel("deep_fm"))


def test_a_label_on_a_missing_version_names_the_versions(root):
    with pytest.raises(ServingFolderError, match="label 'canary' of deep_fm names version 7.*Versions there: 1, 2, 10"):
        find_model(root, ServedModel("deep_fm", labels={"canary": 7}))


def test_an_empty_label(root):
    with pytest.raises(ServingFolderError, match="label of deep_fm is empty"):
        find_model(root, ServedModel("deep_fm", labels={"": 1}))


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([], "no model to serve"),
        (["deep_fm", "deep_fm"], "'deep_fm' comes 2 times"),
        (["../deep_fm"], "cannot name a served model"),
        (["deep:fm"], "cannot name a served model"),
    ],
)
def test_which_models_are_asked_for(root, models, message):
    with pytest.raises(ServingFolderError, match=message):
        find_models(root, models)


def test_at_least_one_version_is_kept():
    with pytest.raises(ServingFolderError, match="at least 1 for deep_fm, got 0"):
        ServedModel("deep_fm", keep=0)
