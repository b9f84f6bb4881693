"""Start the linear path of a network from the solution of its linear model."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from multimodal_zoo.encoders.bag_of_words_highway import UNKNOWN, BagOfWordsHighway
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.pipeline import Prepared


def solve_highway(
    model: keras.Model, train: Prepared, strength: float = 0.1, class_weight: Mapping[int, float] | None = None
) -> None:
    """Put the solved logistic regression of the words into every `BagOfWordsHighway` of a classifier.

    Adam moves every weight by the same amount a step, that of a word seen once like that of a word seen a hundred
    times. The solution of the regularised problem weighs words by what there is to say for them; from a few hundred
    texts it can be the better start.

    Args:
        model: a network of `(batch, classes)` probabilities with a `BagOfWordsHighway` on one of its inputs.
        train: the decoded training split; records in which the text has no known word are left out.
        strength: of the L2 penalty, greater than 0; `1 / C` of scikit-learn.
        class_weight: weight of each class.

    Raises:
        ValueError: there is no such path, its texts have fewer than two of its classes, or `strength` is not positive.

    Example:
        >>> solve_highway(model, prepare(data.split("train"), model.modalities))

    Reference: Lai et al. 2018, arXiv:1703.07015, section 3.6 (the linear path); for the solver, scikit-learn's
        `LogisticRegression`.
    """
    if not strength > 0:
        raise ValueError(f"strength must be greater than 0; received strength={strength!r}.")
    paths = [layer for layer in model.layers if isinstance(layer, BagOfWordsHighway)]
    if not paths:
        raise ValueError(f"{model.name} has no linear path of words to solve: build it with highway=True.")
    inputs, labels = train.inputs(PRESENCE in model.input), np.asarray(train.labels).reshape(-1)
    for path in paths:
        ids = keras.Model(model.input, path.input).predict(inputs, batch_size=256, verbose=0)
        solve(path, np.asarray(ids), labels, strength, class_weight)


def solve(
    path: BagOfWordsHighway,
    ids: np.ndarray,
    labels: np.ndarray,
    strength: float,
    class_weight: Mapping[int, float] | None,
) -> None:
    """Solve one path for its word ids `(records, length)`."""
    readable = (ids > UNKNOWN).any(axis=1)
    ids, labels = ids[readable], labels[readable]
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            f"The texts with a known word are of {len(classes)} of {path.outputs} classes: nothing to solve."
        )
    # The vectoriser counts words, so each number becomes one.
    words = {str(number): number for number in range(path.vocabulary_size)}
    features = TfidfVectorizer(analyzer=lambda text: map(str, text[text > UNKNOWN]), vocabulary=words, binary=True)
    scaled = features.fit_transform(ids)
    solution = LogisticRegression(C=1.0 / strength, class_weight=class_weight, max_iter=1000)
    solution.fit(scaled, labels)
    # Of two classes scikit-learn keeps the difference of the logits.
    weights = solution.coef_ if len(classes) > 2 else np.concatenate([-solution.coef_, solution.coef_]) / 2
    word_weights = np.zeros((path.vocabulary_size, path.outputs), "float32")
    word_weights[:, classes.astype(int)] = weights.T / path.gain
    path.word_weights.assign(word_weights)
    path.texts.assign(float(len(ids)))
    path.texts_with.assign((scaled > 0).sum(axis=0).A1.astype("float32"))
