"""The fusion operators written once more, in NumPy, one record at a time, straight from their equations."""

import itertools

import numpy as np

from tests.fusion.bilinear_equations import BILINEAR_EQUATIONS
from tests.fusion.numpy_layers import array, dense, relu, sigmoid, softmax


class Record(dict):
    """The encodings that are there, by name; `widths` holds those of the absent too."""

    widths: dict


def record_of(operator, encodings, presence, row):
    """The encodings that are there in one row, by name, as float64."""
    record = Record(
        (name, np.asarray(encodings[name][row], "float64"))
        for column, name in enumerate(operator.modalities)
        if presence is None or presence[row, column] > 0.5
    )
    record.widths = {name: encodings[name].shape[1] for name in operator.modalities}
    return record


def concat(operator, there):
    parts = [there[name] if name in there else array(operator.stand_ins[name]) for name in operator.modalities]
    return relu(dense(operator.projection, np.concatenate(parts)))


def pooled(operator, there, weights):
    total = np.zeros(operator.dim)
    for name, encoding in there.items():
        total += weights[name] * dense(operator.projections[name], encoding)
    return total


def feature_pooling(operator, there):
    if not there:
        return np.zeros(operator.dim)
    everywhere = dict(zip(operator.modalities, array(operator.weight_logits), strict=True))
    weights = softmax([everywhere[name] for name in there])
    return pooled(operator, there, dict(zip(there, weights, strict=True)))


def additive_attention(operator, there):
    if not there:
        return np.zeros(operator.dim)
    projected = {name: dense(operator.projections[name], encoding) for name, encoding in there.items()}
    u = array(operator.scorer.kernel)[:, 0]
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
        [there[name] if name in there else array(operator.stand_ins[name]) for name in operator.modalities]
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
    everywhere = dict(zip(operator.modalities, array(operator.weight_logits), strict=True))
    weights = softmax([everywhere[name] for name in there])
    return sum(weight * answer for weight, answer in zip(weights, answers(operator, there).values(), strict=True))


def late_product(operator, there):
    return sum(answers(operator, there).values(), np.zeros(operator.dim))


def late_max(operator, there):
    return np.max(list(answers(operator, there).values()), axis=0) if there else np.zeros(operator.dim)


def late_vote(operator, there):
    votes = [softmax(answer / operator.temperature) for answer in answers(operator, there).values()]
    return np.mean(votes, axis=0) if votes else np.zeros(operator.dim)


def dot_product_attention(operator, there):
    """Vaswani 2017, section 3.2.1: softmax(q K^T / sqrt(d)) V, with one query."""
    if not there:
        return np.zeros(operator.dim)
    q = array(operator.query)
    keys = np.stack([dense(operator.keys[name], encoding) for name, encoding in there.items()])
    values = np.stack([dense(operator.values[name], encoding) for name, encoding in there.items()])
    return softmax(q @ keys.T / np.sqrt(len(q))) @ values


def film(operator, there):
    """Perez 2018, section 2.1: gamma and beta linear in the conditioning modalities side by side."""
    conditions = [name for name in there if name != operator.feature]
    side_by_side = np.concatenate([np.zeros(0), *(there[name] for name in conditions)])

    def linear(layers):
        return side_by_side @ np.concatenate(
            [np.zeros((0, operator.dim)), *(array(layers[n].kernel) for n in conditions)]
        )

    features = dense(operator.projection, there[operator.feature]) if operator.feature in there else 0
    return (1 + linear(operator.scales)) * features + linear(operator.shifts)


def hierarchical(operator, there):
    """Majumder 2018: tanh of each modality, tanh of the weighted sums of a group's members."""
    numbers = iter(range(len(operator.group_weights)))

    def answer(member):
        if isinstance(member, str):
            return np.tanh(dense(operator.projections[member], there[member])) if member in there else None
        number = next(numbers)
        weights, total, heard = array(operator.group_weights[number]), array(operator.group_biases[number]), False
        for weight, one in zip(weights, [answer(one) for one in member], strict=True):
            if one is not None:
                total, heard = total + weight * one, True
        return np.tanh(total) if heard else None

    joint = answer(operator.tree)
    return np.zeros(operator.dim) if joint is None else joint


def product_of_experts(operator, there):
    """Wu and Goodman 2018, section 2.2: (sum_i mu_i T_i) / sum_i T_i, the prior's 0 and 1 among them."""
    weighted, precision = np.zeros(operator.dim), np.ones(operator.dim)
    for name, encoding in there.items():
        t = np.exp(dense(operator.log_precisions[name], encoding))
        weighted, precision = weighted + t * dense(operator.means[name], encoding), precision + t
    return weighted / precision


def pair_products(operator, there):
    """v_i * v_j of all pairs i < j, v_i the encoding itself where it is as wide as the answer."""
    maps = operator.vectors.maps
    vectors = [dense(maps[name], encoding) if name in maps else encoding for name, encoding in there.items()]
    if len(operator.modalities) == 1:
        return vectors
    return [first * second for first, second in itertools.combinations(vectors, 2)]


def bi_interaction(operator, there):
    """He and Chua 2017, equation 3."""
    return sum(pair_products(operator, there), np.zeros(operator.dim))


def attentional_pairs(operator, there):
    """Xiao 2017, equations 4 and 5."""
    products = pair_products(operator, there)
    if len(operator.modalities) == 1 or not products:
        return sum(products, np.zeros(operator.dim))
    h = array(operator.scorer.kernel)[:, 0]
    scores = [relu(dense(operator.attention, product)) @ h for product in products]
    return sum(weight * product for weight, product in zip(softmax(scores), products, strict=True))


EQUATIONS = {
    **BILINEAR_EQUATIONS,
    "dot_product_attention": dot_product_attention,
    "film": film,
    "hierarchical": hierarchical,
    "late_max": late_max,
    "late_product": late_product,
    "late_vote": late_vote,
    "product_of_experts": product_of_experts,
    "attentional_pairs": attentional_pairs,
    "bi_interaction": bi_interaction,
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
