# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Sentiment from three modalities
#
# Somebody reviews a film on video: is what they say positive? We read the words, the voice and the face, one alone,
# two, or all three, and ask what each of them adds.
#
# **Data**: CMU-MOSI (`mosi`), utterances of real reviews, as published features of text, audio and video. Nothing of it
# is synthetic. The outputs kept here, and the numbers in the text, are of it. Where it is not on your machine (see
# `MULTIMODAL_ZOO_DATA`), the same cells run on `synthetic-interaction`, which is **made up by a program** and built
# in: what a person in a virtual room wants, by hand, face and voice. Its figures are others.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import itertools
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.datasets import find_dataset
from multimodal_zoo.modalities import batch_records

tf.get_logger().setLevel("ERROR")

if find_dataset("mosi"):
    data, network = mz.load_dataset("mosi:context-final"), "emotion_recognizer"
    settings = {"epochs": 12, "batch_size": 128, "learning_rate": 2e-3, "keep": "mean"}
else:
    data, network = mz.load_dataset("synthetic-interaction"), "interaction_vr"
    settings = {"epochs": 20, "batch_size": 16, "patience": 10, "learning_rate": 1e-3}
names = list(data.modalities)
test = data.split("test")
print("SYNTHETIC" if data.card.synthetic else "REAL", "|", data.card.title)
print(names, data.class_names, {name: len(data.split(name)) for name in ("train", "test")})

# %% [markdown]
# A record of `mosi` is one utterance with up to five utterances before and after it. What is asked about is the last
# row. The pictures are the features of one record as they come; nobody can read a feeling off them by eye.


# %%
def show(axis, value):
    """Rows of features, a picture or a sound."""
    if isinstance(value, np.ndarray):
        axis.imshow(value, aspect="auto", cmap="coolwarm", vmin=-np.nanmax(abs(value)), vmax=np.nanmax(abs(value)))
    elif value[:4] == b"RIFF":
        axis.plot(tf.audio.decode_wav(value).audio, linewidth=0.5)
    else:
        axis.imshow(tf.io.decode_image(value).numpy().squeeze(), cmap="gray")


record, label = test[0]
figure, axes = plt.subplots(1, 3, figsize=(12, 2.6), layout="constrained")
for axis, name in zip(axes, names, strict=True):
    show(axis, record[name])
    axis.set_title(name)
figure.suptitle(f"one record: {data.class_names[label]}")
plt.show()

# %% [markdown]
# ## Each alone
#
# A builder gives the network of one modality when the others are `None`. The settings are those of the published row
# (`multimodal-zoo reproduce mosi:context-final/emotion_recognizer`), with 12 epochs for 30. They were chosen on the
# validation videos; `mosi:context-final` then learns from those, too, and keeps the mean of the late epochs' weights.

# %%
alone = {}
for name in names:
    others = {other: None for other in names if other != name}
    trained = mz.train_named(network, data, arguments={"dropout": 0.4, **others}, verbose=0, **settings)
    alone[name] = trained.metrics["test"]["accuracy"]
guess = np.bincount(test.labels).max() / len(test)
print({name: round(accuracy, 3) for name, accuracy in alone.items()}, "| always the same answer:", round(guess, 3))

# %% [markdown]
# The words tell most: 0.79. Voice and face alone stay below the constant answer (0.62), which knows that negative
# utterances are the more frequent ones in the test videos; the networks learned from other videos.
#
# ## All three in one network, and any of them missing
#
# With `missing_modalities=True` the network knows what is there. `modality_dropout` takes modalities away in training,
# so that it learns to do without. One network then answers for every subset.

# %%
bundle = mz.train_named(
    network,
    data,
    arguments={"dropout": 0.4, "missing_modalities": True, "modality_dropout": 0.2},
    verbose=0,
    **settings,
)
subsets = [subset for size in (1, 2, 3) for subset in itertools.combinations(names, size)]
worth = {frozenset(): guess}
for subset in subsets:
    missing = [name for name in names if name not in subset]
    worth[frozenset(subset)] = mz.evaluate(bundle, test, without=missing)["accuracy"]

error = np.sqrt([worth[frozenset(subset)] * (1 - worth[frozenset(subset)]) / len(test) for subset in subsets])
plt.figure(figsize=(7, 3.6))
rows = np.arange(len(subsets))
plt.barh(
    rows, [worth[frozenset(subset)] for subset in subsets], xerr=error, color="tab:blue", label="one network for all"
)
plt.plot(list(alone.values()), range(len(names)), "kD", label="a network of its own")
plt.axvline(guess, color="gray", linestyle=":", label="always the same answer")
plt.yticks(rows, [" + ".join(subset) for subset in subsets])
plt.gca().invert_yaxis()
plt.xlim(0, 1)
plt.xlabel("test accuracy (bar: one standard error of the test split)")
plt.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ## What each contributes to the accuracy
#
# Bring the modalities in one after the other and note how much the accuracy rises with each. That depends on the order;
# the mean over all orders is the Shapley value. The values add up to the accuracy of all three above the constant
# answer.

# %%
orders = list(itertools.permutations(names))


def rise(order, name):
    place = order.index(name)
    return worth[frozenset(order[: place + 1])] - worth[frozenset(order[:place])]


shares = {name: float(np.mean([rise(order, name) for order in orders])) for name in names}
print({name: round(share, 3) for name, share in shares.items()})
print(
    "sum",
    round(sum(shares.values()), 3),
    "= all three",
    round(worth[frozenset(names)], 3),
    "- constant",
    round(guess, 3),
)

# %% [markdown]
# ## What each contributes to one answer
#
# `modality_shapley` does the same for the probability of one record. The exported network has it as a signature, for
# whole batches and without this package.

# %%
found = mz.modality_shapley(bundle, record)
print("truth:", data.class_names[label], "| answer:", found.target.name, round(found.answer, 3))
print(
    "with nothing there:", round(found.without_any, 3), {name: round(one, 3) for name, one in found.by_modality.items()}
)

# %%
with tempfile.TemporaryDirectory() as folder:
    mz.export_bundle(bundle, f"{folder}/sentiment/1")
    served = tf.saved_model.load(f"{folder}/sentiment/1")
    records = [test[number][0] for number in range(min(200, len(test)))]
    said = served.signatures["explain"](
        **{
            bundle.modalities[name].raw_name(name): values
            for name, values in batch_records(bundle.modalities, records).items()
        }
    )
answered = said["probabilities"].numpy().argmax(axis=1)
contributions = np.stack([said[f"contribution_{name}"].numpy()[np.arange(len(records)), answered] for name in names], 1)

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.2), width_ratios=(3, 1), layout="constrained")
for column, name in enumerate(names):
    left.bar(np.arange(30) + 0.27 * column, contributions[:30, column], 0.27, label=name)
left.axhline(0, color="black", linewidth=0.5)
left.set(xlabel="test record", ylabel="contribution to the answer", title="the first 30 records")
left.legend(fontsize=8)
right.bar(names, np.abs(contributions).mean(axis=0), color=["tab:blue", "tab:orange", "tab:green"])
right.set(title=f"mean size, {len(records)} records")
plt.show()
strongest = np.abs(contributions).argmax(axis=1)
print("strongest in:", {name: f"{np.mean(strongest == column):.0%}" for column, name in enumerate(names)})

# %% [markdown]
# On these features the words are what counts: every subset with text is right in about four of five, and no gain of
# voice or face stands out of the error of 752 utterances. In the accuracy their shares are slightly negative. Each
# answer leans on them all the same: a contribution tells what moved the answer, not whether it moved it the right way.
#
# **What to try**: `tensor_fusion_sentiment` or `mult_sentiment` in place of `emotion_recognizer`, which join the three
# in other ways; `arguments={"fusion": "gated", ...}`; 30 epochs and several seeds, as the published rows have; the
# protocol `mosi:utterances`, where an utterance is seen without its neighbours.
