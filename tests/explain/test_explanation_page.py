"""Named parts, colours, the page and the command, against what they are made of."""

import base64
import io
import json
import re

import numpy as np
import pytest
from contract.records import bundle_of, raw_records, small_model
from PIL import Image as Picture

from multimodal_zoo.cli import main
from multimodal_zoo.explain import explain_record, explanation_page, modality_shapley
from multimodal_zoo.explain.heat_colours import overlay_png, strengths
from multimodal_zoo.explain.named_parts import named_parts
from multimodal_zoo.modalities import Audio, Image, MultiCategorical, Numeric, Series, Text
from multimodal_zoo.training import predict_record, save_bundle

REPORT = "Lungs clear, <zebra> heart"


@pytest.fixture(scope="module")
def explained():
    model = small_model("lstnet_diagnosis", missing_modalities=True, filters=(4,))
    bundle = bundle_of(model)
    record = {"image": raw_records(model, 1)[0]["image"], "report": REPORT}
    return bundle, record, explain_record(bundle, record)


def test_the_shapley_values_are_those_of_all_subsets(explained):
    """With two modalities: half of (v(both) - v(other) + v(alone) - v(none))."""
    bundle, record, _ = explained
    shares = modality_shapley(bundle, record, target=0)
    both, image, report = (
        predict_record(bundle, one)["probabilities"]["class 0"]
        for one in (record, {"image": record["image"]}, {"report": REPORT})
    )
    wanted = (both - report + image - shares.without_any) / 2
    assert shares.by_modality["image"] == pytest.approx(wanted, abs=1e-5)
    assert sum(shares.by_modality.values()) == pytest.approx(shares.answer - shares.without_any, abs=1e-5)


def test_the_parts_of_a_record_have_its_words_and_add_up(explained):
    _, _, explanation = explained
    assert [word for word, _ in explanation.parts["report"]] == ["lungs", "clear", "zebra", "heart"]
    for name, parts in explanation.parts.items():
        total = explanation.attributions.by_modality[name].sum()
        assert sum(value for _, value in parts) == pytest.approx(total, abs=1e-9)
    document = json.loads(json.dumps(explanation.document()))
    assert document["prediction"]["label"] == document["target"]
    assert document["integrated_gradients"]["parts"]["report"][0][0] == "lungs"
    assert np.shape(document["grad_cam"]["image"]["cells"]) == (8, 8)


def test_every_kind_names_its_parts():
    values = np.arange(6, dtype="float64")
    ids = np.array([3, 0, 1])
    genres = MultiCategorical(10, 3, vocabulary=("drama", "war"))
    assert named_parts(genres, [], ids, values[:3]) == [("war", 0.0), ("(unknown)", 2.0)]
    assert named_parts(Text(10, 3), "One, two three four", ids, values[:3]) == [
        ("one", 0.0),
        ("two", 1.0),
        ("three", 2.0),
    ]
    assert named_parts(Numeric(), 1.0, values[:1], values[1:2]) == [("value", 1.0)]
    assert named_parts(Numeric(2), [1, 2], values[:2], values[:2]) == [("number 1", 0.0), ("number 2", 1.0)]
    steps = np.array([[1.0, 0.5, 1.0], [0.0, 0.0, 0.0], [2.0, 2.0, 1.0]])
    assert named_parts(Series(2, 3), [], steps, values.reshape(3, 2)) == [("step 1", 1.0), ("step 3", 9.0)]
    sound = Audio(8000, seconds=0.3, mels=2)
    assert named_parts(sound, b"", values.reshape(3, 2), values.reshape(3, 2))[2] == ("0.20-0.30 s", 9.0)
    grid = named_parts(Image(9, 2, 1), b"", np.zeros((9, 2, 1)), np.ones((9, 2, 1)))
    assert len(grid) == 16 and grid[0] == ("rows 0-1, columns 0-0", 2.0)
    assert sum(value for _, value in grid) == 18


def test_an_overlay_is_grey_where_nothing_counts_and_red_or_blue_where_it_does():
    png = overlay_png(np.full((1, 3, 1), 0.4), np.array([[0.0, 2.0, -2.0]]), opacity=1.0, zoom=2)
    drawn = np.asarray(Picture.open(io.BytesIO(png)))
    assert drawn.shape == (2, 6, 3)
    np.testing.assert_array_equal(drawn[0, ::2], [[102, 102, 102], [178, 24, 43], [33, 102, 172]])
    assert not strengths(np.zeros(3)).any()
    with pytest.raises(ValueError, match=r"\(2, 2, 1\), \(3, 3\)"):
        overlay_png(np.zeros((2, 2, 1)), np.zeros((3, 3)))


def test_the_page_holds_its_pictures_and_escapes_the_words(explained):
    _, _, explanation = explained
    page = explanation_page(explanation)
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    # The picture, its attributions, its Grad-CAM.
    assert len(pictures) == 3
    for one in pictures:
        assert Picture.open(io.BytesIO(base64.b64decode(one))).size == (288, 288)
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert explanation_page(explanation) == page
    for word, value in explanation.parts["report"]:
        assert re.search(rf'title="-?[\d.e-]+">{word}</span>', page), (word, value)


def test_the_command_explains_a_record_and_writes_the_page(explained, tmp_path, capsys):
    bundle, record, explanation = explained
    save_bundle(bundle, tmp_path / "bundle")
    (tmp_path / "x.png").write_bytes(record["image"])
    words = ["explain", str(tmp_path / "bundle"), "--image", str(tmp_path / "x.png"), "--report", REPORT, "--json"]
    assert main([*words, "--out", str(tmp_path / "page.html")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["answer"] == pytest.approx(explanation.attributions.answer, abs=1e-6)
    assert document["page"].endswith("page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    assert main(["explain", str(tmp_path / "bundle"), "--report", REPORT, "--target", "measles", "--json"]) == 2
    assert "measles" in json.loads(capsys.readouterr().out)["error"]
    assert main(["explain", str(tmp_path / "bundle"), "--json"]) == 2
    assert "give at least one of --image, --report" in json.loads(capsys.readouterr().out)["error"]
