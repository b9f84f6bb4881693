"""Normalised discounted cumulative gain."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.metrics.sorted_candidates import MeanOverRows, at_least_one, sorted_by_score

GAINS = ("linear", "exponential")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class NDCG(MeanOverRows):
    """NDCG@k, the mean over the rows.

    With the gain g of the candidate at rank i of a row, in the order of the scores and in the best order:

        DCG@k = sum_{i <= k} g_i / log2(i + 1);   NDCG@k = DCG@k / best DCG@k

    Candidates of equal score stand in any order with equal probability: all scores alike give what chance gives, not
    the order in which the candidates came. A row without a relevant candidate is left out.

    Args:
        k: how many of the first candidates count.
        gain: "linear", g = relevance, or "exponential", g = 2^relevance - 1.

    `y_true` is relevances `(batch, candidates)`, below 0 for padding; `y_pred` is the scores.

    Example:
        >>> metric = NDCG(k=10)
        >>> metric.update_state([[1.0, 0.0]], [[0.2, 0.7]])
        >>> float(metric.result())  # 1 / log2(3)
        0.6309298

    Reference: Järvelin and Kekäläinen 2002, Cumulated gain-based evaluation of IR techniques; exponential gain: Burges
        et al. 2005, Learning to rank using gradient descent; ties: McSherry and Najork 2008, ECIR.
    """

    def __init__(self, k: int = 10, gain: str = "linear", name: str | None = None, **base: Any) -> None:
        super().__init__(name=name or f"ndcg_at_{k}", **base)
        if gain not in GAINS:
            raise ValueError(f"gain must be one of {list(GAINS)}, got {gain!r}.")
        self.k, self.gain = at_least_one(k), gain

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k, "gain": self.gain}

    def figures(self, relevance: Any, scores: Any) -> tuple[Any, Any]:
        gains = relevance if self.gain == "linear" else ops.exp2(relevance) - 1
        best = self.dcg(*sorted_by_score(gains, gains))
        defined = best > 0
        return self.dcg(*sorted_by_score(gains, scores)) / ops.where(defined, best, 1.0), defined

    def dcg(self, gains: Any, before: Any, upto: Any) -> Any:
        """Each gain with the mean discount of the ranks it may have."""
        ranks = ops.arange(1, ops.shape(gains)[1] + 1, dtype="float32")
        discounts = ops.where(ranks <= self.k, 1 / ops.log2(ranks + 1), 0.0)
        summed = ops.concatenate([ops.zeros((1,)), ops.cumsum(discounts)])
        share = (ops.take(summed, upto) - ops.take(summed, before)) / ops.cast(upto - before, "float32")
        return ops.sum(gains * share, axis=1)
