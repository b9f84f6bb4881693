"""What a linear reading of one sensor of a data set comes to."""

import numpy as np
from sklearn.linear_model import RidgeClassifier

from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.splits import adapt


def linear_accuracies(data):
    """Test accuracy of a ridge classifier over the tensor of each modality by itself, on a third of the records."""
    modalities = adapt(data.modalities, data.split("train"))
    thirds = (split.take(np.arange(0, len(split), 3)) for split in (data.split("train"), data.split("test")))
    train, test = (prepare(third, modalities) for third in thirds)
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
