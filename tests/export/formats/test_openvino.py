import numpy as np
import pytest

from multimodal_zoo.export.formats import export_trunk, openvino

pytest.importorskip("openvino", reason="openvino comes with pip install 'multimodal-zoo[openvino]'")


@pytest.mark.parametrize(("quantize", "furthest"), [(None, 1e-5), ("float16", 2e-3)])
def test_raw_records_through_both_parts_answer_as_the_bundle(
    convolutions, digits, tmp_path, answers, expected, quantize, furthest
):
    to = tmp_path / "openvino"
    report = export_trunk(convolutions, to, "openvino", data=digits, split="validation", quantize=quantize)
    assert report["max_difference"] < furthest
    assert report["converted"]["bytes"] == sum((to / f"model.{end}").stat().st_size for end in ("xml", "bin"))
    record, _ = digits.split("test")[0]
    got = answers(to, openvino.runtime(to / openvino.FILE), convolutions, [record])
    np.testing.assert_allclose(got, expected(convolutions, [record]), atol=furthest)


def test_a_recurrent_network(with_gru, diagnosis, tmp_path):
    report = export_trunk(with_gru, tmp_path / "openvino", "openvino", data=diagnosis, split="validation")
    assert report["max_difference"] < 1e-5
