"""How the figure of a bundle falls under growing attacks, beside the curves of noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from multimodal_zoo.explain.adversarial import Unattackable, fgsm, pgd
from multimodal_zoo.explain.robustness import NoiseCurve, main_figure
from multimodal_zoo.explain.target_figure import require_explained
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import HasDataset, Prepared, prepare
from multimodal_zoo.training.predict_split import predict_split

ATTACKS = ("fgsm", "pgd")
OF_WHITE, OF_DEVIATIONS = "share of white", "standard deviations"
PICTURES = ("image", "video")


class AttackCurves(NamedTuple):
    """What attacks did, and where there was no way to attack.

    Args:
        curves: one for each modality and attack; the first level is no attack.
        unreached: modality -> why it was not attacked.
    """

    curves: tuple[NoiseCurve, ...]
    unreached: dict[str, str]


def attack_curves(
    bundle: Bundle,
    records: HasDataset,
    *,
    attacks: Sequence[str] = ATTACKS,
    levels: Mapping[str, Sequence[float]] | None = None,
    seed: int = 0,
    batch_size: int = 64,
) -> AttackCurves:
    """Attack each modality of numbers, one at a time, further and further.

    Asked is the network of the bundle: an export has no gradients. Of a calibrated bundle the attack climbs the loss of
    the network itself, and the figures are those of its calibrated answers.

    Args:
        bundle: trained network for classification, multi_label, ranking or regression.
        records: with their labels, such as `data.split("test")`.
        attacks: of "fgsm" and "pgd" (10 steps, from anywhere in the ball).
        levels: growing epsilons from 0 by modality; None takes up to 8/255 of pictures, up to 0.2 standard deviations
            of other numbers.
        seed: of where "pgd" starts.
        batch_size: records at a time; makes no difference to the answer.

    Raises:
        ValueError: the task has no figures of rows, or an attack is not known.

    Example:
        >>> attack_curves(bundle, data.split("test")).curves[0].figures
        (0.91, 0.62, 0.31, 0.04)

    Reference: see `fgsm` and `pgd`.
    """
    require_explained(bundle.card)
    for attack in attacks:
        if attack not in ATTACKS:
            raise ValueError(f"attacks are {', '.join(ATTACKS)}; got {attack!r}.")
    prepared = prepare(records, bundle.modalities)
    clean = figure_under(bundle, prepared)
    curves, unreached = [], {}
    for name, modality in bundle.modalities.items():
        unit = OF_WHITE if modality.kind in PICTURES else OF_DEVIATIONS
        usual = (0.0, 2 / 255, 4 / 255, 8 / 255) if unit == OF_WHITE else (0.0, 0.05, 0.1, 0.2)
        epsilons = tuple((levels or {}).get(name, usual))
        try:
            for attack in attacks:
                attacked = [attacked_by(attack, bundle, prepared, name, one, seed, batch_size) for one in epsilons[1:]]
                figures = (clean, *(figure_under(bundle, one) for one in attacked))
                curves.append(NoiseCurve(name, attack, unit, epsilons, figures))
        except Unattackable as error:
            unreached[name] = str(error)
    return AttackCurves(tuple(curves), unreached)


def attacked_by(
    attack: str, bundle: Bundle, prepared: Prepared, modality: str, epsilon: float, seed: int, batch_size: int
) -> Prepared:
    """The records under one attack."""
    if attack == "fgsm":
        return fgsm(bundle, prepared, modality, epsilon, batch_size)
    return pgd(bundle, prepared, modality, epsilon, seed=seed, batch_size=batch_size)


def figure_under(bundle: Bundle, prepared: Prepared) -> float:
    """The main figure of the bundle's answers."""
    return main_figure(bundle, prepared.labels.numpy(), predict_split(bundle.answering, prepared))[1]
