"""The Mahalanobis distance, with a fitted covariance."""

from __future__ import annotations

import numpy as np
from sklearn.covariance import EmpiricalCovariance, LedoitWolf, ShrunkCovariance


class Mahalanobis:
    """d(x, y) = sqrt( (x - y)' S^(-1) (x - y) ), S the covariance of the vectors it was fitted to.

    Directions that vary much count little, and directions that vary together count once.

    Args:
        shrinkage: "ledoit_wolf" finds how far S is drawn towards a multiple of the identity; a number from 0 to 1 says
            it; 0 is the empirical covariance, which needs more vectors than they are wide.

    Example:
        >>> spread = np.array([[-2.0, -1.0], [-2.0, 1.0], [2.0, -1.0], [2.0, 1.0]])
        >>> matching_distances([[0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]], Mahalanobis(shrinkage=0).fit(spread)).tolist()
        [[1.0, 1.0]]

    Reference: Mahalanobis 1936, On the generalised distance in statistics; Ledoit and Wolf 2004, A well-conditioned
        estimator for large-dimensional covariance matrices.
    """

    def __init__(self, shrinkage: str | float = "ledoit_wolf") -> None:
        if shrinkage != "ledoit_wolf" and not (isinstance(shrinkage, int | float) and 0 <= shrinkage <= 1):
            raise ValueError(f'shrinkage must be "ledoit_wolf" or a number from 0 to 1, got {shrinkage!r}.')
        self.shrinkage = shrinkage

    def fit(self, vectors: np.ndarray) -> Mahalanobis:
        """Estimates the covariance.

        Args:
            vectors: `(records, width)`, of the training split.

        Returns:
            This object, with `whitening` `(width, width)`: after `vectors @ whitening` the distance is Euclidean.

        Raises:
            ValueError: if the covariance has no inverse.
        """
        if self.shrinkage == "ledoit_wolf":
            estimator = LedoitWolf()
        else:
            estimator = ShrunkCovariance(shrinkage=self.shrinkage) if self.shrinkage else EmpiricalCovariance()
        vectors = np.asarray(vectors, "float64")
        values, axes = np.linalg.eigh(estimator.fit(vectors).covariance_)
        if values[0] <= 1e-12 * max(values[-1], 1e-300):
            raise ValueError(
                f"The covariance of the vectors {vectors.shape} has no inverse: there are too few of them, or columns "
                'that are constant or follow from others. Use shrinkage="ledoit_wolf" or a number above 0.'
            )
        self.whitening = axes / np.sqrt(values)
        return self

    def whiten(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors whose Euclidean distances are the Mahalanobis distances of those given."""
        if not hasattr(self, "whitening"):
            raise ValueError("This Mahalanobis distance has not been fitted; call fit(vectors) first.")
        return np.asarray(vectors, "float64") @ self.whitening
