from multimodal_zoo.export.check import Outcome
from multimodal_zoo.export.check.manifest import check_manifest


def test_an_untouched_export_passes(version):
    check = check_manifest(version)
    assert (check.outcome, check.reason) == (Outcome.PASSED, "6 files, each with its sha256.")


def test_all_that_changed_is_missing_or_was_added_is_named(version):
    (version / "fingerprint.pb").unlink()
    (version / "variables" / "variables.index").write_bytes(b"x")
    (version / "assets.extra" / "extra.txt").write_text("x")
    check = check_manifest(version)
    assert check.outcome == Outcome.FAILED
    for part in (
        f"{version / 'fingerprint.pb'} is missing",
        f"{version / 'variables' / 'variables.index'} was changed",
        f"{version / 'assets.extra' / 'extra.txt'} is not listed",
    ):
        assert part in check.reason


def test_no_manifest_and_one_that_is_none(version):
    (version / "manifest.json").write_text("[1]")
    check = check_manifest(version)
    assert check.outcome == Outcome.FAILED and "is no manifest" in check.reason
    (version / "manifest.json").unlink()
    check = check_manifest(version)
    assert check.outcome == Outcome.FAILED and "manifest.json is missing" in check.reason
