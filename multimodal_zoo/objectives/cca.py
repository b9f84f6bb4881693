"""Canonical correlation analysis, in closed form."""

from __future__ import annotations

import numpy as np


class CCA:
    """Linear projections of two views that correlate as highly as they can.

    With the covariances S11, S22 (each plus r times the identity) and S12 of the two views:

        T = S11^(-1/2) S12 S22^(-1/2) = U diag(c) V';   A = S11^(-1/2) U;   B = S22^(-1/2) V

    c are the canonical correlations, in falling order, and A and B project the centred views. Each projection has
    variance 1 and, without regularisation, is uncorrelated with all others but its partner.

    Args:
        components: how many projections; None for as many as the narrower view has columns.
        regularization: r, at least 0; needed where there are fewer records than columns.

    After `fit`: `correlations` `(components,)`, and `weights` and `means`, one array for each view.

    Example:
        >>> random = np.random.default_rng(0)
        >>> view = random.normal(size=(50, 3))
        >>> CCA().fit(view, view @ random.normal(size=(3, 3))).correlations.round(6).tolist()
        [1.0, 1.0, 1.0]

    Reference: Hotelling 1936, Relations between two sets of variates; in this form Andrew et al. 2013, Deep canonical
        correlation analysis, section 2.
    """

    def __init__(self, components: int | None = None, regularization: float = 0.0) -> None:
        if components is not None and components < 1:
            raise ValueError(f"components must be at least 1, got {components!r}.")
        if regularization < 0:
            raise ValueError(f"regularization must not be below 0, got {regularization!r}.")
        self.components, self.regularization = components, regularization

    def fit(self, first: np.ndarray, second: np.ndarray) -> CCA:
        """Finds the projections.

        Args:
            first: `(records, width)` of one view.
            second: `(records, width)` of the other, rows in the same order.

        Returns:
            This object.

        Raises:
            ValueError: if the views do not pair up, ask for too many components, or have columns that depend on one
                another while `regularization` is 0.
        """
        views = [np.asarray(view, "float64") for view in (first, second)]
        shapes = [view.shape for view in views]
        if any(view.ndim != 2 for view in views) or len(views[0]) != len(views[1]) or len(views[0]) < 2:
            raise ValueError(f"CCA takes two arrays (records, width) of the same two or more records; got {shapes}.")
        narrower = min(view.shape[1] for view in views)
        if self.components is not None and self.components > narrower:
            raise ValueError(f"components={self.components}, but the views {shapes} have no more than {narrower}.")
        self.means = [view.mean(0) for view in views]
        centred = [view - mean for view, mean in zip(views, self.means, strict=True)]
        whiten = [self._whitening(view, name) for view, name in zip(centred, ("first", "second"), strict=True)]
        cross = whiten[0].T @ centred[0].T @ centred[1] @ whiten[1] / (len(centred[0]) - 1)
        left, correlations, right = np.linalg.svd(cross, full_matrices=False)
        kept = self.components or narrower
        self.correlations = correlations[:kept]
        self.weights = [whiten[0] @ left[:, :kept], whiten[1] @ right.T[:, :kept]]
        return self

    def _whitening(self, view: np.ndarray, name: str) -> np.ndarray:
        """S^(-1/2) of the covariance of a centred view."""
        covariance = view.T @ view / (len(view) - 1) + self.regularization * np.eye(view.shape[1])
        values, vectors = np.linalg.eigh(covariance)
        if values[0] <= 1e-12 * max(values[-1], 1e-300):
            raise ValueError(
                f"The covariance of the {name} view {view.shape} has no inverse: there are too few records, or columns "
                "that are constant or follow from others. Set regularization, say 1e-4, or leave such columns out."
            )
        return vectors / np.sqrt(values) @ vectors.T

    def transform(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Projections `(records, components)` of the two views."""
        if not hasattr(self, "weights"):
            raise ValueError("This CCA has not been fitted; call fit(first, second) first.")
        projected = [
            (np.asarray(view, "float64") - mean) @ weights
            for view, mean, weights in zip((first, second), self.means, self.weights, strict=True)
        ]
        return projected[0], projected[1]
