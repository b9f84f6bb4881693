import numpy as np
import pytest

from multimodal_zoo.metrics import anomaly_score

PROBABILITIES = np.array([[0.75, 0.25, 0.0], [0.1, 0.3, 0.6]])


def test_it_is_what_is_left_for_the_events():
    np.testing.assert_allclose(anomaly_score(PROBABILITIES), [0.25, 0.9])
    np.testing.assert_allclose(anomaly_score(PROBABILITIES, normal=2), [1.0, 0.4])


@pytest.mark.parametrize(("probabilities", "normal"), [(PROBABILITIES, 3), (PROBABILITIES, -1), (PROBABILITIES[0], 0)])
def test_it_needs_the_class_that_is_normal(probabilities, normal):
    with pytest.raises(ValueError, match=r"anomaly_score takes probabilities \(records, classes\)"):
        anomaly_score(probabilities, normal)
