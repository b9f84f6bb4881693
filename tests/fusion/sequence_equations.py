"""The fusion operators over sequences written once more, in NumPy, one record at a time, from their papers.

An operator gets what is there: a dict of (steps, width) by name, without padding and without absent modalities. Only
`memory_fusion`, whose steps are moments common to all, gets padding and its masks too.
"""

import numpy as np
from keras import ops

from tests.encoders.transformer_equations import block_output, norm
from tests.fusion.attention_equations import parallel_co_attention
from tests.fusion.equations import dense, relu, sigmoid, softmax


def array(weight):
    return ops.convert_to_numpy(weight).astype("float64")


def with_positions(x):
    """Adds sin(t / 10000^(2i / dim)) at place 2i and the cosine of the same at place 2i + 1."""
    steps, dim = x.shape
    angles = [[t / 10000 ** (2 * (place // 2) / dim) for place in range(dim)] for t in range(steps)]
    return x + np.where(np.arange(dim) % 2 == 0, np.sin(angles), np.cos(angles))


def co_attention(operator, there):
    """Lu 2016, section 3.4, the answer of one level."""
    total = np.zeros(operator.dim)
    for name, weights in parallel_co_attention(operator.attention, there).items():
        total += dense(operator.projections[name], weights @ there[name])
    return np.tanh(total)


def cross_modal_transformer(operator, there):
    """Tsai 2019, section 3."""
    start = {name: with_positions(dense(operator.projections[name], content)) for name, content in there.items()}
    total = np.zeros(operator.dim)
    for name in there:
        streams = []
        for other in operator.modalities:
            if other == name:
                continue
            stream = start[name]
            for layer in operator.streams[name][other]:
                stream = block_output(layer, stream, start.get(other, np.zeros((0, operator.dim))))
            streams.append(stream)
        joined = np.concatenate(streams, axis=-1) if streams else start[name]
        for layer in operator.blocks[name]:
            joined = block_output(layer, joined)
        total += dense(operator.outputs[name], norm(operator.norms[name], joined)[-1])
    return total


def attention_bottleneck(operator, there):
    """Nagrani 2021, section 3.2.3."""
    if not there:
        return np.zeros(operator.dim)
    streams = {
        name: np.concatenate(
            [array(operator.class_tokens[name]), with_positions(dense(operator.projections[name], content))]
        )
        for name, content in there.items()
    }
    shared = array(operator.shared_tokens)
    for blocks in operator.blocks:
        both = {name: block_output(blocks[name], np.concatenate([stream, shared])) for name, stream in streams.items()}
        streams = {name: tokens[: -len(shared)] for name, tokens in both.items()}
        shared = np.mean([tokens[-len(shared) :] for tokens in both.values()], axis=0)
    return np.mean([norm(operator.norm, stream[0]) for stream in streams.values()], axis=0)


def perceiver(operator, there):
    """Jaegle 2021, section 3.1."""
    tokens = [
        with_positions(dense(operator.projections[name], content) + array(operator.modality_vectors[name]))
        for name, content in there.items()
    ]
    tokens = np.concatenate([*tokens, np.zeros((0, operator.dim))])
    latents = array(operator.latent_tokens)
    for read, think in zip(operator.readers, operator.thinkers, strict=True):
        latents = block_output(think, block_output(read, latents, tokens))
    return norm(operator.norm, latents).mean(axis=0)


def memory(operator, there):
    """Miller 2016, section 3.1: key addressing, value reading, and the next question."""
    answers = []
    for name, content in there.items():
        question = dense(operator.questions[name], content.mean(axis=0))
        slots = [(other, step) for other in there if other != name for step in there[other]]
        for update in operator.updates:
            if slots:
                scores = [dense(operator.keys[other], step) @ question for other, step in slots]
                values = np.array([dense(operator.values[other], step) for other, step in slots])
                question = question + softmax(np.array(scores) / np.sqrt(operator.dim)) @ values
            question = dense(update, question)
        answers.append(question)
    return np.mean(answers, axis=0) if answers else np.zeros(operator.dim)


def graph(operator, there):
    """Velickovic 2018, section 2.1, node by node."""
    if not there:
        return np.zeros(operator.dim)
    owners = [(name, step) for name, content in there.items() for step in range(len(content))]
    nodes = np.concatenate([dense(operator.projections[name], content) for name, content in there.items()])
    for layer in operator.attentions:
        heads = []
        content = dense(layer.projection, nodes)
        for head in range(layer.heads):
            part = content[:, head * layer.width : (head + 1) * layer.width]
            a = np.concatenate([array(layer.from_hearer)[head, 0], array(layer.from_heard)[head, 0]])
            rows = []
            for i, (name, step) in enumerate(owners):
                near = [j for j, (other, at) in enumerate(owners) if other != name or abs(at - step) <= operator.reach]
                raw = np.array([a @ np.concatenate([part[i], part[j]]) for j in near])
                rows.append(softmax(np.where(raw > 0, raw, 0.2 * raw)) @ part[near])
            heads.append(np.array(rows))
        if layer is operator.attentions[-1]:
            nodes = np.mean(heads, axis=0)
        else:
            joined = np.concatenate(heads, axis=-1)
            nodes = np.where(joined > 0, joined, np.exp(np.minimum(joined, 0)) - 1)
    of = {name: [row for row, (owner, _) in enumerate(owners) if owner == name] for name in there}
    return np.mean([nodes[rows].mean(axis=0) for rows in of.values()], axis=0)


def memory_fusion(operator, record):
    """Zadeh 2018, section 3; `record` has (content, mask) by name."""
    cell = operator.network.cell
    count, units = len(operator.modalities), cell.units
    h, c, u = np.zeros((count, units)), np.zeros((count, units)), np.zeros(cell.memory_units)
    steps = len(next(iter(record.values()))[1])
    for t in range(steps):
        before = c.copy()
        for index, name in enumerate(operator.modalities):
            content, mask = record[name]
            if not mask[t]:
                continue
            lstm = cell.lstms[index]
            gates = content[t] @ array(lstm.kernel) + h[index] @ array(lstm.recurrent_kernel) + array(lstm.bias)
            i, f, m, o = np.split(gates, 4)
            c[index] = sigmoid(f) * c[index] + sigmoid(i) * np.tanh(m)
            h[index] = sigmoid(o) * np.tanh(c[index])
        if not any(mask[t] for _, mask in record.values()):
            continue
        both = np.concatenate([before.ravel(), c.ravel()])
        attended = both * softmax(two_layers(cell.attention, both))
        proposed = np.tanh(two_layers(cell.update, attended))
        u = sigmoid(two_layers(cell.retain, attended)) * u + sigmoid(two_layers(cell.admit, attended)) * proposed
    return dense(operator.projection, np.concatenate([h.ravel(), u]))


def two_layers(layers, x):
    """A hidden layer with ReLU and a linear one; what comes after it the caller applies."""
    return dense(layers[1], relu(dense(layers[0], x)))


SEQUENCE_EQUATIONS = {
    "attention_bottleneck": attention_bottleneck,
    "co_attention": co_attention,
    "cross_modal_transformer": cross_modal_transformer,
    "graph": graph,
    "memory": memory,
    "memory_fusion": memory_fusion,
    "perceiver": perceiver,
}


def expected_of_sequences(name, operator, encodings, presence=None, masks=None):
    """The answer of the named operator for a batch."""
    rows = len(next(iter(encodings.values())))
    answers = []
    for row in range(rows):
        record = {}
        for column, key in enumerate(operator.modalities):
            content = np.asarray(encodings[key][row], "float64")
            mask = np.ones(len(content), bool) if masks is None or key not in masks else masks[key][row] != 0
            record[key] = content, mask & (presence is None or bool(presence[row, column] > 0.5))
        if name != "memory_fusion":
            record = {key: content[mask] for key, (content, mask) in record.items() if mask.any()}
        answers.append(SEQUENCE_EQUATIONS[name](operator, record))
    return np.stack(answers)
