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
# # Sound and picture, and what happens when one of them gets worse
#
# A sound and a picture in, one of ten classes out. The data are **synthetic**: tones and drawn signs that stand for
# ten digits, built into the package. For spoken and handwritten digits put `"spoken-digits"` into the next cell
# (downloaded at first use; each sound was paired with a picture of the same digit afterwards).

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import png_of, wav_bytes

data = mz.load_dataset("synthetic-digits")
print(data.card.title)
print(data.card.notes)
rate = data.modalities["audio"].sample_rate


def draw(records, labels_from):
    """The pictures above, the spectrograms below."""
    figure, axes = plt.subplots(2, len(records), figsize=(1.5 * len(records), 3.4))
    for column_of_axes, number in zip(axes.T, range(len(records)), strict=True):
        record, label = records[number]
        column_of_axes[0].imshow(tf.io.decode_image(record["image"]).numpy().squeeze(), cmap="gray", vmin=0, vmax=255)
        column_of_axes[0].set_title(labels_from[label])
        waveform = tf.audio.decode_wav(record["audio"])[0].numpy()[:, 0]
        column_of_axes[1].specgram(waveform, NFFT=256, noverlap=128, Fs=rate, vmin=-90, vmax=-30)
        for axis in column_of_axes:
            axis.axis("off")
    plt.show()


train, test = data.split("train"), data.split("test")
by_class = [np.flatnonzero(train.labels == label)[0] for label in range(10)]
draw(train.take(by_class), data.class_names)

# %% [markdown]
# The low tone and the angle of the stroke each stand for a pair of classes, the high tone and the dot for which of the
# two; half of the records lack the high tone, half the dot. The pairs of the sound are not those of the picture.
#
# ## Build and train
#
# A third of the records lose one of the two in training, so that the network learns to answer from either.

# %%
bundle = mz.train_named(
    "audio_visual_fusion",
    data,
    epochs=25,
    patience=8,
    seed=0,
    arguments={
        "audio_filters": (16, 32),
        "image_filters": (16, 32),
        "joint_dim": 64,
        "fusion": "additive_attention",
        "missing_modalities": True,
        "modality_dropout": 0.3,
    },
    verbose=0,
)
accuracy_of = {
    "both": mz.evaluate(bundle, test)["accuracy"],
    "audio": mz.evaluate(bundle, test, without=["image"])["accuracy"],
    "image": mz.evaluate(bundle, test, without=["audio"])["accuracy"],
}
accuracy_of

# %% [markdown]
# Either alone is right in three of four cases, as the notes say that it can be; both together in all.
#
# ## Worse and worse
#
# White noise is added to the raw values, and the network is asked anew. Nothing is trained for it.


# %%
def worse(records, noise, of, seed=0):
    """The records with noise on the picture or the sound; its standard deviation is a share of the full scale."""
    random = np.random.RandomState(seed)
    spoilt = []
    for value in records.columns[of]:
        if of == "image":
            pixels = tf.io.decode_image(value).numpy() / 255
            spoilt.append(png_of((pixels + noise * random.normal(size=pixels.shape))[None])[0].numpy())
        else:
            waveform = tf.audio.decode_wav(value)[0].numpy()
            spoilt.append(wav_bytes(waveform + noise * random.normal(size=waveform.shape), rate))
    return Records({**records.columns, of: column(spoilt)}, records.labels)


levels = {"audio": (0, 0.1, 0.2, 0.4, 0.8), "image": (0, 0.2, 0.4, 0.8, 1.6)}
one = test.take([0])
steps = [worse(worse(one, levels["image"][step], "image"), levels["audio"][step], "audio") for step in range(5)]
draw(
    Records({name: np.concatenate([step.columns[name] for step in steps]) for name in one.columns}, np.arange(5)),
    [f"step {step}" for step in range(5)],
)

# %%
other = {"audio": "image", "image": "audio"}
found = {"audio": [], "image": []}
for of in levels:
    for noise in levels[of]:
        spoilt = worse(test, noise, of)
        weights = [mz.attention_maps(bundle, spoilt[n][0])["joint"][list(levels).index(of)] for n in range(12)]
        accuracy = [mz.evaluate(bundle, spoilt, without=without)["accuracy"] for without in ([], [other[of]])]
        found[of].append((*accuracy, np.mean(weights)))

figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True)
for axis, of in zip(axes, levels, strict=True):
    curves = ("both", f"{of} alone", f"attention paid to the {of}")
    for values, title, style in zip(zip(*found[of], strict=True), curves, ("o-", "s-", "x:"), strict=True):
        axis.plot(range(5), values, style, label=title)
    axis.axhline(accuracy_of[other[of]], color="grey", label=f"{other[of]} alone")
    axis.set_xticks(range(5), [str(noise) for noise in levels[of]])
    axis.set_xlabel(f"noise on the {of}")
    axis.legend(fontsize=8)
axes[0].set_ylim(0, 1)
axes[0].set_ylabel("test accuracy; weight")
plt.show()

# %% [markdown]
# Both together stay above the one that is not spoilt at every step, also where the spoilt one alone can but guess.
# The weights of the attention do not tell why: they move little, and rather towards what is spoilt.
#
# **What to try**: `fusion="gated"` or any other of `mz.list_fusions()`; training on noise, too:
# `worse(train, 0.4, "audio")` beside `train`; `mz.robustness_report`, which does such a walk on the exported model and
# in other ways (blur, JPEG, dropped words); `"spoken-digits"`.
