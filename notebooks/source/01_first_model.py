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
# # A first model in ten minutes
#
# An image and a report in, a diagnosis out, and either of the two may be missing. The data are **synthetic**: made by
# a program, built into the package, and no statement about medicine.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import matplotlib.pyplot as plt
import tensorflow as tf

import multimodal_zoo as mz

data = mz.load_dataset("synthetic-diagnosis")
print(data.card.title)
print({name: len(data.split(name)) for name in ("train", "validation", "test")})

# %% [markdown]
# A record is what a person has: encoded bytes and a string.

# %%
figure, axes = plt.subplots(1, 4, figsize=(12, 3.4))
for axis, number in zip(axes, range(4), strict=True):
    record, label = data.split("train")[number]
    axis.imshow(tf.io.decode_image(record["image"]).numpy().squeeze(), cmap="gray")
    axis.set_title(f"{data.class_names[label]}\n{record['report'][:38]}", fontsize=8)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## Build and train
#
# `create_model` returns an ordinary functional `keras.Model`. `train_named` builds it to fit the data, learns the
# vocabulary, trains, keeps the best epoch, and looks at the test split once.

# %%
print(mz.list_models())
bundle = mz.train_named(
    "lstnet_diagnosis",
    data,
    epochs=40,
    patience=10,
    seed=0,
    arguments={"filters": (16, 32, 64), "missing_modalities": True, "modality_dropout": 0.3},
    verbose=0,
)
bundle.model.summary(line_length=100)

# %% [markdown]
# ## With and without a modality

# %%
test = data.split("test")
accuracy = {"both": mz.evaluate(bundle, test)["accuracy"]}
for missing in ("image", "report"):
    accuracy[f"without {missing}"] = mz.evaluate(bundle, test, without=[missing])["accuracy"]
plt.figure(figsize=(5, 3))
plt.bar(list(accuracy), list(accuracy.values()))
plt.ylim(0, 1)
plt.ylabel("test accuracy")
plt.show()
accuracy

# %% [markdown]
# ## One record, and the exported artefact
#
# The SavedModel takes the same raw bytes and strings and needs nothing but TensorFlow.

# %%
record, label = test[0]
print("truth:", data.class_names[label])
mz.predict_record(bundle, record)

# %%
folder = mz.export_bundle(bundle, "../runs/notebooks/first_model/1")
served = tf.saved_model.load(str(folder))
answer = served.signatures["serving_default"](
    image_bytes=tf.constant([record["image"], b"", b"broken"]), report=tf.constant([record["report"]] * 3)
)
for name, value in answer.items():
    print(name, value.numpy())

# %% [markdown]
# The second record had no image and the third a broken one: `presence` says so, both are answered from the report, and
# the first is answered as if it were alone.
#
# **What to try**: `arguments={"fusion": "gated"}` or any other of `mz.list_fusions()`; your own records through
# `mz.fit(model, (train, validation))`, each a `tf.data.Dataset` of (dict of raw values, label).
