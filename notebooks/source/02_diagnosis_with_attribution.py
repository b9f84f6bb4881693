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
# # A diagnosis, and what it is made of
#
# An image and a report in, a diagnosis out, and for each answer: how much each of the two counted, which pixels, which
# words. The data are **synthetic**: made by a program, built into the package, and no statement about medicine. For
# X-rays with the notes of their case reports put `"covid-cxr"` into the next cell; not for clinical use either.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import matplotlib.pyplot as plt
import numpy as np

import multimodal_zoo as mz

data = mz.load_dataset("synthetic-diagnosis")
print(data.card.title)
print(data.card.notes)
bundle = mz.train_named(
    "lstnet_diagnosis",
    data,
    epochs=25,
    patience=8,
    seed=0,
    arguments={"filters": (8, 16, 32), "units": 32, "missing_modalities": True, "modality_dropout": 0.3},
    verbose=0,
)
test = data.split("test")
{"both": mz.evaluate(bundle, test)["accuracy"]} | {
    f"without {missing}": mz.evaluate(bundle, test, without=[missing])["accuracy"] for missing in ("image", "report")
}

# %% [markdown]
# `explain_record` gathers everything that explains one answer: the Shapley value of each modality, integrated
# gradients, Grad-CAM. Here it explains the probability of the second class, for two records of each class. Most of its
# time goes into the gradients.

# %%
target = data.class_names[1]
chosen = [number for label in (0, 1) for number in np.flatnonzero(test.labels == label)[:2]]
records = [test[number][0] for number in chosen]
truths = [data.class_names[test.labels[number]] for number in chosen]
explained = [mz.explain_record(bundle, record, target=target) for record in records]

# %% [markdown]
# ## How much each modality counted
#
# Shapley values say how far the image and the report each move the probability from what the network says when it is
# given nothing, the dotted line. They add up to the answer exactly.

# %%
figure, axes = plt.subplots(1, len(explained), figsize=(13, 3), sharey=True)
for axis, one, truth in zip(axes, explained, truths, strict=True):
    values, start = one.shares.by_modality, one.shares.without_any
    for place, value in enumerate(values.values()):
        axis.bar(place, value, bottom=start, color="#ef8a62" if value > 0 else "#67a9cf")
        axis.annotate(f"{value:+.2f}", (place, start + value / 2), ha="center", va="center", fontsize=9)
        axis.plot((place - 0.4, place + 1.4), 2 * (start + value,), color="black", linewidth=0.8)
        start += value
    axis.set_xticks(range(len(values)), values)
    axis.axhline(one.shares.without_any, color="grey", linestyle=":")
    axis.set_title(f"{target}: {one.shares.answer:.2f}, in truth {truth}", fontsize=9)
axes[0].set_ylim(0, 1)
axes[0].set_ylabel(f"probability of {target}")
plt.show()

# %% [markdown]
# In all four the two contradict each other; in the first and the last the wrong one wins. The bars do not mend that,
# they show where to look.
#
# ## Which pixels
#
# Integrated gradients add up to the answer pixel by pixel: red speaks for the class, blue against it. Grad-CAM tells
# which cells of the last feature map speak for it.

# %%
figure, axes = plt.subplots(3, len(explained), figsize=(11, 8.4))
for column, one in zip(axes.T, explained, strict=True):
    picture = one.tensors["image"].squeeze()
    pixels = one.attributions.by_modality["image"].sum(-1)
    most = np.percentile(np.abs(pixels), 99)
    column[0].imshow(picture, cmap="gray")
    column[0].set_title(f"{target}: {one.attributions.answer:.2f}", fontsize=9)
    column[1].imshow(picture, cmap="gray")
    column[1].imshow(pixels, cmap="RdBu_r", vmin=-most, vmax=most, alpha=0.6)
    column[1].set_title(f"integrated gradients: {pixels.sum():+.2f}", fontsize=9)
    column[2].imshow(picture, cmap="gray")
    column[2].imshow(one.activation_maps["image"].resized(), cmap="inferno", alpha=0.5)
    column[2].set_title("Grad-CAM", fontsize=9)
    for axis in column:
        axis.axis("off")
plt.show()

# %% [markdown]
# The opacity of the first picture is red pixel by pixel, and Grad-CAM finds it. In the others, which hardly have one,
# the colours lie scattered over the noise. Grad-CAM also lights up corners in every picture: a map is a hint, no proof.
# The sums differ from the Shapley values, as they start elsewhere: not from nothing given, but from a black image and
# no words.
#
# ## Which words


# %%
def coloured_words(axis, words, most):
    """The words one after the other, red where they speak for the class and blue where they speak against it."""
    place, line = 0.0, 0.85
    for word, value in words:
        width = 0.0125 * (len(word) + 2)
        if place + width > 1:
            place, line = 0.0, line - 0.4
        colour = plt.cm.RdBu_r(0.5 + 0.35 * value / most)
        axis.text(place, line, word, family="monospace", fontsize=10, bbox={"facecolor": colour, "linewidth": 0})
        place += width
    axis.axis("off")


figure, axes = plt.subplots(len(explained), 1, figsize=(10, len(explained)))
most = max(abs(value) for one in explained for _, value in one.parts["report"])
for axis, one, truth in zip(axes, explained, truths, strict=True):
    coloured_words(axis, one.parts["report"], most)
    total = one.attributions.by_modality["report"].sum()
    axis.set_title(
        f"{target} {one.attributions.answer:.2f}, by the words {total:+.2f}, in truth {truth}", fontsize=9, loc="left"
    )
plt.tight_layout()
plt.show()

# %% [markdown]
# The words of the symptoms are coloured, those around them hardly: mild ones are blue, severe ones red. That it makes
# something of "with", too, is what it learned from a few hundred reports.
#
# ## With one of the two missing
#
# The same records, without the image and without the report. A missing key is a missing modality.

# %%
figure, axis = plt.subplots(figsize=(9, 3))
ways = {"both": (), "report alone": ("image",), "image alone": ("report",)}
for offset, (way, missing) in zip((-0.26, 0, 0.26), ways.items(), strict=True):
    left = [{name: value for name, value in record.items() if name not in missing} for record in records]
    answers = [mz.predict_record(bundle, record)["probabilities"][target] for record in left]
    bars = axis.bar(np.arange(len(left)) + offset, answers, 0.24, label=way)
    axis.bar_label(bars, fmt="%.2f", fontsize=8)
axis.axhline(0.5, color="grey", linestyle=":")
axis.set_xticks(range(len(records)), [f"in truth {truth}" for truth in truths])
axis.set_ylim(0, 1.1)
axis.set_ylabel(f"probability of {target}")
axis.legend(fontsize=8)
plt.show()

# %%
alone = mz.modality_shapley(bundle, {"report": records[0]["report"]}, target=target)
print(alone.by_modality)

# %% [markdown]
# What is not there has the value 0, and nothing to draw a map of.
#
# **What to try**: `mz.explanation_page(mz.explain_record(bundle, record))` is the same as one page for the browser, and
# `multimodal-zoo explain` the same from the command line; `mz.calibrate(bundle, data.split("validation"))` before the
# probabilities are believed; `"covid-cxr"`.
