"""The attentions that give weights written once more, in NumPy, one record at a time; what is not there is no row."""

import numpy as np

from tests.fusion.numpy_layers import array, dense, softmax


def parallel_co_attention(layer, there):
    """Lu 2016, section 3.3: the weights of each modality; the tokens are rows here and columns there."""
    there = {name: content for name, content in there.items() if len(content)}
    names = layer.modalities
    pairs = [(one, other) for index, one in enumerate(names) for other in names[index + 1 :]]
    affinity = {}
    for (one, other), weights in zip(pairs, layer.affinities, strict=True):
        if one in there and other in there:
            affinity[one, other] = np.tanh(there[one] @ array(weights) @ there[other].T)
            affinity[other, one] = affinity[one, other].T
    weights = {}
    for name, content in there.items():
        hidden = dense(layer.hidden[name], content)
        for other in there:
            if other != name:
                hidden = hidden + affinity[name, other] @ dense(layer.hidden[other], there[other])
        weights[name] = softmax(dense(layer.scorers[name], np.tanh(hidden))[:, 0])
    return weights


def guided_attention(layer, features, guide=None):
    """Yang 2016, section 3.3: the weights over the rows of one record."""
    if not len(features):
        return np.zeros(0)
    hidden = dense(layer.hidden, features)
    if guide is not None:
        hidden = hidden + dense(layer.guidance, guide)
    return softmax(dense(layer.scorer, np.tanh(hidden))[:, 0])


def alternating_co_attention(layer, there):
    """Lu 2016, section 3.3: what is not there is no row."""
    question, image = there["question"], there["image"]
    summary = guided_attention(layer.summary, question) @ question
    of_image = guided_attention(layer.attention["image"], image, summary)
    of_question = guided_attention(layer.attention["question"], question, of_image @ image)
    return {"image": of_image, "question": of_question}
