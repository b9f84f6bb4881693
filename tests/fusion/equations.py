"""The fusion operators written once more, in NumPy, one record at a time, straight from their equations."""

import numpy as np
from keras import ops


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    parts = np.exp(np.asarray(x) - np.max(x))
    return parts / parts.sum()


def relu(x):
    return np.maximum(x, 0)


def dense(layer, x):
    y = x @ ops.convert_to_numpy(layer.kernel)
    return y + ops.convert_to_numpy(layer.bias) if layer.use_bias else y


def record_of(operator, encodings, presence, row):
    """The encodings that are there in one row, by name, as float64."""
    return {
        name: np.asarray(encodings[name][row], "float64")
        for column, name in enumerate(operator.modalities)
        if presence is None or presence[row, column] > 0.5
    }


def concat(operator, there):
    parts = [
        there[name] if name in there else ops.convert_to_numpy(operator.stand_ins[name]) for name in operator.modalities
    ]
    return relu(dense(operator.projection, np.concatenate(parts)))


def pooled(operator, there, weights):
    total = np.zeros(operator.dim)
    for name, encoding in there.items():
        total += weights[name] * dense(operator.projections[name], encoding)
    return total


def feature_pooling(operator, there):
    if not there:
        return np.zeros(operator.dim)
    everywhere = dict(zip(operator.modalities, ops.convert_to_numpy(operator.weight_logits), strict=True))
    weights = softmax([everywhere[name] for name in there])
    return pooled(operator, there, dict(zip(there, weights, strict=True)))


def additive_attention(operator, there):
    if not there:
        return np.zeros(operator.dim)
    projected = {name: dense(operator.projections[name], encoding) for name, encoding in there.items()}
    u = ops.convert_to_numpy(operator.scorer.kernel)[:, 0]
    scores = [np.tanh(dense(operator.energy, vector)) @ u for vector in projected.values()]
    return sum(weight * vector for weight, vector in zip(softmax(scores), projected.values(), strict=True))


def gated(operator, there):
    hidden = {name: np.tanh(dense(operator.projections[name], encoding)) for name, encoding in there.items()}
    if len(operator.modalities) == 2:
        if len(there) < 2:
            return sum(hidden.values(), np.zeros(operator.dim))
        first, second = operator.modalities
        z = sigmoid(dense(operator.gates["tied"], np.concatenate([there[first], there[second]])))
        return z * hidden[first] + (1 - z) * hidden[second]
    read = np.concatenate(
        [
            there[name] if name in there else ops.convert_to_numpy(operator.stand_ins[name])
            for name in operator.modalities
        ]
        if there
        else [np.zeros(operator.gates[operator.modalities[0]].kernel.shape[0])]
    )
    return sum((sigmoid(dense(operator.gates[name], read)) * hidden[name] for name in there), np.zeros(operator.dim))


def answers(operator, there):
    return {
        name: dense(operator.answers[name], relu(dense(operator.branches[name], encoding)))
        for name, encoding in there.items()
    }


def late_average(operator, there):
    return np.mean(list(answers(operator, there).values()), axis=0) if there else np.zeros(operator.dim)


def late_weighted(operator, there):
    if not there:
        return np.zeros(operator.dim)
    everywhere = dict(zip(operator.modalities, ops.convert_to_numpy(operator.weight_logits), strict=True))
    weights = softmax([everywhere[name] for name in there])
    return sum(weight * answer for weight, answer in zip(weights, answers(operator, there).values(), strict=True))


EQUATIONS = {
    "additive_attention": additive_attention,
    "concat": concat,
    "feature_pooling": feature_pooling,
    "gated": gated,
    "late_average": late_average,
    "late_weighted": late_weighted,
}


def expected(name, operator, encodings, presence=None):
    """The answer of the named operator for a batch."""
    rows = len(next(iter(encodings.values())))
    return np.stack([EQUATIONS[name](operator, record_of(operator, encodings, presence, row)) for row in range(rows)])
