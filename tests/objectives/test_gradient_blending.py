import numpy as np
import pytest

from multimodal_zoo.objectives import generalization_and_overfitting, gradient_blending_weights


def test_weights_go_with_what_was_gained_over_the_square_of_what_was_overfitted():
    weights = gradient_blending_weights([0.3, 0.6, 0.2], [0.1, 0.4, -0.2])
    np.testing.assert_allclose(weights, np.array([30.0, 3.75, 5.0]) / 38.75)


def test_they_are_the_best_mixture():
    """Proposition 1: of gradients with gain G_k and independent noise O_k, w has the highest signal to noise."""
    gains, noise = np.array([0.5, 1.0, 0.8]), np.array([0.3, 0.9, 0.4])

    def signal_to_noise(weights):
        return (weights @ gains) ** 2 / (weights**2 @ noise**2)

    best = signal_to_noise(gradient_blending_weights(gains, noise))
    draws = np.random.default_rng(0).dirichlet(np.ones(3), 2000)
    assert best >= max(signal_to_noise(one) for one in draws)
    assert best == pytest.approx((gains**2 / noise**2).sum())


def test_figures_from_the_losses_of_two_checkpoints():
    figures = generalization_and_overfitting(
        {"image": (2.0, 0.5), "all": (1.0, 0.1)}, {"image": (2.1, 1.0), "all": (1.1, 1.2)}
    )
    assert figures["image"] == pytest.approx((1.1, 0.4))
    assert figures["all"] == pytest.approx((-0.1, 1.0))
    np.testing.assert_array_equal(gradient_blending_weights(*zip(*figures.values(), strict=True)), [1, 0])


@pytest.mark.parametrize(
    ("gains", "growth", "message"),
    [
        ([-1.0, 0.0], [1.0, 1.0], "No run got better"),
        ([1.0, 1.0], [0.0, 1.0], r"Runs \[0\] did not overfit"),
        ([1.0], [1.0, 2.0], "a run are needed"),
        ([np.nan], [1.0], "finite"),
    ],
)
def test_figures_that_give_no_weights_are_refused(gains, growth, message):
    with pytest.raises(ValueError, match=message):
        gradient_blending_weights(gains, growth)


def test_runs_have_to_agree():
    with pytest.raises(ValueError, match="train names the runs"):
        generalization_and_overfitting({"image": (1, 1)}, {"text": (1, 1)})
