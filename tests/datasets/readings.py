"""What a linear reading of one sensor of a data set comes to."""

import numpy as np
from sklearn.linear_model import RidgeClassifier

from multimodal_zoo.training.fit import adapt
from multimodal_zoo.training.pipeline import prepare


def linear_accuracies(data):
    """Test accuracy of a ridge classifier over the tensor of each modality by itself, by name."""
    modalities = adapt(data.modalities, data.split("train"))
    train, test = (prepare(data.split(name), modalities) for name in ("train", "test"))
    found = {}
    for name in modalities:
        rows = [one.content[name].numpy().reshape(len(one), -1) for one in (train, test)]
        fitted = RidgeClassifier(100.0).fit(rows[0], train.labels.numpy())
        found[name] = float(np.mean(fitted.predict(rows[1]) == test.labels.numpy()))
    return found


def values_in_common(data, name):
    """How many raw values of a modality occur in more than one split."""
    values = [{np.asarray(value).tobytes() for value in split.columns[name]} for split in data.splits.values()]
    return sum(map(len, values)) - len(set().union(*values))
