"""The fusions by products written once more, in NumPy, one record at a time, straight from their equations."""

import itertools

import numpy as np

from tests.fusion.numpy_layers import affine, array, dense, relu


def factors(layer, operator, there, activation=None):
    """h_i of every modality: mapped, or what stands in for it."""
    mapped = {name: dense(layer.maps[name], encoding) for name, encoding in there.items()}
    if activation:
        mapped = {name: activation(h) for name, h in mapped.items()}
    return [mapped[name] if name in mapped else array(layer.stand_ins[name]) for name in operator.modalities]


def products(parts, product=np.multiply):
    """The products of all pairs, summed; one part alone is its own answer."""
    if len(parts) == 1:
        return parts[0]
    return sum(product(first, second) for first, second in itertools.combinations(parts, 2))


def signed_root(x):
    """sign(x) |x|^0.5, with the constant that bounds its slope."""
    return np.sign(x) * np.abs(x) / np.sqrt(np.abs(x) + 1e-4)


def unit(x):
    return x / max(np.linalg.norm(x), 1e-2)


def mlb(operator, there):
    return dense(operator.projection, products(factors(operator.factors, operator, there, np.tanh)))


def pooled(expanded, rank):
    return np.array([expanded[start : start + rank].sum() for start in range(0, len(expanded), rank)])


def mfb(operator, there):
    return unit(signed_root(pooled(products(factors(operator.factors, operator, there)), operator.rank)))


def mfh(operator, there):
    expanded, answers = 1.0, []
    for layer in operator.factors:
        expanded = expanded * products(factors(layer, operator, there))
        answers.append(unit(signed_root(pooled(expanded, operator.rank))))
    return np.concatenate(answers)


def mutan(operator, there):
    projected = {name: np.tanh(dense(operator.projections[name], encoding)) for name, encoding in there.items()}
    by_rank = [h.reshape(operator.rank, -1) for h in factors(operator.factors, operator, projected)]
    z = sum(products([h[r] for h in by_rank]) for r in range(operator.rank))
    return dense(operator.output_map, z)


def block(operator, there):
    q = factors(operator.factors, operator, there)
    if len(q) == 1:
        return dense(operator.output_map, q[0])
    z = np.zeros((operator.blocks, operator.units))
    for core, (first, second) in zip(operator.cores, itertools.combinations(q, 2), strict=True):
        for r, (x, y) in enumerate(
            zip(np.split(first, operator.blocks), np.split(second, operator.blocks), strict=True)
        ):
            z[r] += np.tensordot(np.outer(x, y), array(core)[r], 2)
    return dense(operator.output_map, z.ravel())


def multiplicative_interactions(operator, there):
    joint = array(operator.bias)
    for name, encoding in there.items():
        joint = joint + encoding @ array(operator.linear[name].kernel)
    for (first, second), tensor in zip(operator.pairs, operator.tensors, strict=True):
        if first in there and second in there:
            w = array(tensor).reshape(len(there[first]), len(there[second]), operator.dim)
            joint = joint + np.einsum("i,ijk,j->k", there[first], w, there[second])
    return joint


def tensor_fusion(operator, there):
    product = np.ones(1)
    for name, width in there.widths.items():
        product = np.kron(product, np.append(there.get(name, np.zeros(width)), 1))
    return relu(dense(operator.output_map, product))


def low_rank_tensor_fusion(operator, there):
    """Through the full tensor W = sum_r w_1r (x) ... (x) w_nr that the factors stand for."""
    names = operator.modalities
    stacked = [affine(operator.factors[name]) for name in names]
    by_rank = [factor.reshape(len(factor), operator.rank, operator.dim) for factor in stacked]
    letters = "abc"[: len(names)]
    tensor = np.einsum(",".join(f"{letter}rk" for letter in letters) + f"->{letters}k", *by_rank)
    product = np.ones(())
    for name, factor in zip(names, stacked, strict=True):
        product = np.multiply.outer(product, np.append(there.get(name, np.zeros(len(factor) - 1)), 1))
    return np.tensordot(product, tensor, len(names))


def sketch(operator, name, vector):
    places, signs = operator.hashes[name]
    out = np.zeros(operator.sketch_dim)
    for place, sign, entry in zip(places, signs, vector, strict=True):
        out[place] += sign * entry
    return out


def convolution(first, second):
    width = len(first)
    return np.array([sum(first[i] * second[(k - i) % width] for i in range(width)) for k in range(width)])


def mcb(operator, there):
    neutral = np.eye(operator.sketch_dim)[0]
    sketches = [sketch(operator, name, there[name]) if name in there else neutral for name in operator.modalities]
    return dense(operator.projection, unit(signed_root(products(sketches, convolution))))


BILINEAR_EQUATIONS = {
    "block": block,
    "low_rank_tensor_fusion": low_rank_tensor_fusion,
    "mcb": mcb,
    "mfb": mfb,
    "mfh": mfh,
    "mlb": mlb,
    "multiplicative_interactions": multiplicative_interactions,
    "mutan": mutan,
    "tensor_fusion": tensor_fusion,
    "tucker": block,
}
