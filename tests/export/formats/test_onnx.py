import numpy as np
import pytest

from multimodal_zoo.export.formats import export_trunk, onnx

for package in onnx.PACKAGES:
    pytest.importorskip(package, reason=f"{package} comes with pip install 'multimodal-zoo[onnx]'")


def test_raw_records_through_both_parts_answer_as_the_bundle(with_gru, diagnosis, tmp_path, answers, expected):
    report = export_trunk(with_gru, tmp_path / "onnx", "onnx", data=diagnosis, split="validation")
    assert report["max_difference"] < 1e-5
    run = onnx.runtime(tmp_path / "onnx" / onnx.FILE)
    records = [diagnosis.split("test")[0][0], {"report": "fever and cough"}]
    got = answers(tmp_path / "onnx", run, with_gru, records)
    np.testing.assert_allclose(got, expected(with_gru, records), atol=1e-5)


@pytest.mark.parametrize("quantize", onnx.QUANTIZATIONS)
def test_quantised_answers_nearly_the_same(with_gru, diagnosis, tmp_path, quantize):
    report = export_trunk(
        with_gru, tmp_path / quantize, "onnx", data=diagnosis, split="validation", quantize=quantize, tolerance=0.05
    )
    assert 0 < report["max_difference"] < 0.1
