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
# # Many workers and large tables
#
# What helps when one process, or the memory, is too small: several workers that train one network, an optimiser whose
# step does not grow with the embedding table, and data in shards that are read while they are used.
#
# **Data**: `synthetic-clicks`, **made up by a program** and built in: users, films, and who clicked on what. The times
# below are of one small machine with two cores that had other work, too: see how they grow, not what they are.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import collections
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

import multimodal_zoo as mz
from multimodal_zoo.training.optimizers import LazyAdam

workspace = tempfile.TemporaryDirectory()
root = Path(workspace.name)
data = mz.load_dataset("synthetic-clicks")
print(data.card.title)
record, clicked = data.split("train")[0]
print(record, "->", clicked)

# %% [markdown]
# ## Two workers
#
# A strategy says where a network trains: `mz.train_named(..., strategy="mirrored")` for all GPUs of a machine,
# `"multi_worker"` for several machines; `"auto"` takes what it finds. Several processes have to be started together and
# to know of each other. `launch` does that, on this machine here; with `--manifest kubernetes` it prints what a cluster
# needs instead.
#
# A notebook is one process that has started TensorFlow already, so the job is started beside it, as from a terminal. We
# train `fm` for one epoch by one process, and then by two, with the same seed. The batch size is that of all workers
# together: each of two takes half of every batch.


# %%
def train(out, *launched):
    """What the command says; its bundle is in the folder `out` beside the notebook's other files."""
    command = ["train", "fm", "--data", "synthetic-clicks", "--out", out, "--epochs", "1", "--seed", "0"]
    words = [sys.executable, "-m", "multimodal_zoo", *launched, *command]
    ended = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return ended.stdout


print(train("one"))

# %% [markdown]
# What a worker says comes with its number in front. The first one writes the bundle; this is what the second one says:

# %%
said = train("two", "launch", "--workers", "2", "--")
print("\n".join(line for line in said.splitlines() if line.startswith("[1]")))
bundles = {"one process": mz.load_bundle(root / "one"), "two workers": mz.load_bundle(root / "two")}
for name, bundle in bundles.items():
    print(f"{name}: test auc {bundle.metrics['test']['auc']:.6f}")

# %%
first, second = (bundle.model.get_weights() for bundle in bundles.values())
apart = max(float(np.abs(one - other).max()) for one, other in zip(first, second, strict=True))
largest = max(float(np.abs(one).max()) for one in first)
print(f"{len(first)} arrays of weights, up to {largest:.2f} in size; the two trainings are at most {apart:.1e} apart")

# %% [markdown]
# The two trainings ended with the same network: here to the last bit, elsewhere but for rounding. That is what two
# workers on one machine are good for: to try out what is to run on many. With two cores to share they are not faster. A
# script of yours can be launched as well: `multimodal_zoo.launch.run_local_job(["python", "train.py"], workers=2)`.

# %% [markdown]
# ## A table with very many rows
#
# A recommender has a row of numbers for each user and each item. A batch asks for a few of them. Keras' own `Embedding`
# with Adam computes on the whole table in every step all the same; the tables of this package with `LazyAdam` touch the
# rows of the batch. Here is what a training step costs against the rows of the table, for small networks. It is the
# time of the processor, which other work on the machine disturbs less than that of the clock.

# %%
DIM, IDS, BATCH, STEPS = 16, 8, 512, 12


def keras_network(rows):
    ids = keras.Input((IDS,), dtype="int32", name="ids")
    vector = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(rows, DIM)(ids))
    model = keras.Model({"ids": ids}, keras.layers.Dense(1, activation="sigmoid")(vector))
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", jit_compile=False)
    return model


def zoo_network(rows):
    fields = {"ids": mz.MultiCategorical(rows, IDS)}
    model = mz.create_model("deepfm", fields=fields, embedding_dim=DIM, hidden=(8,))
    model.compile(LazyAdam(1e-3), "binary_crossentropy", jit_compile=False)
    return model


def milliseconds(model, rows):
    """The median processor time of some training steps, without the first two, in which they are traced."""
    random = np.random.default_rng(0)
    times = []
    for _ in range(STEPS + 2):
        ids = random.integers(2, rows, (BATCH, IDS)).astype("int32")
        clicks = random.integers(0, 2, (BATCH, 1)).astype("float32")
        began = time.process_time()
        model.train_on_batch({"ids": ids}, clicks)
        times.append(1e3 * (time.process_time() - began))
    return float(np.median(times[2:]))


ROWS = (1_000, 10_000, 100_000, 1_000_000)
step = {
    "Keras' Embedding, Adam": [milliseconds(keras_network(rows), rows) for rows in ROWS],
    "deepfm of the zoo, LazyAdam": [milliseconds(zoo_network(rows), rows) for rows in ROWS],
}
keras.backend.clear_session()
plt.figure(figsize=(6, 3.4))
for name, times in step.items():
    plt.loglog(ROWS, times, "o-", label=name)
    print(name, [round(one, 1) for one in times])
plt.xlabel("rows of the table")
plt.ylabel("processor time of a step, ms")
plt.legend()
plt.show()

# %% [markdown]
# From a thousand rows to a million the step of Keras' table becomes tens of times as dear; that with `LazyAdam` at most
# a few times. Below some ten thousand rows Keras' little network is the cheaper one: it does less, and
# there is no table to save on.
#
# `mz.fit` takes `LazyAdam` by itself once the tables of a network have more than 100,000 rows. It is not Adam to the
# letter: a row without a gradient rests, where Adam would move it on by what is left of its moments. Where the *memory*
# is too small for the table, `--sharded-tables` gives each worker a part of its rows.
#
# ## Shards
#
# `write_shards` writes any data set as files with an index. `load_shards` opens them as a data set whose training split
# is read while it is used, so that it may be larger than the memory.

# %%
mz.write_shards(data, root / "shards", records_per_shard=1000, workers=1, seed=0)
for file in sorted((root / "shards").rglob("*")):
    if file.is_file():
        print(f"{file.stat().st_size:>9,}  {file.relative_to(root / 'shards')}")

# %%
sharded = mz.load_shards(root / "shards")
bundle = mz.train_named("fm", sharded, epochs=2, verbose=0)
print("trained from shards, test auc", round(bundle.metrics["test"]["auc"], 3))

# %% [markdown]
# Several readers can share an epoch out. Every record is read by exactly one of them, and all have as many batches, so
# that none waits for another at the end.

# %%
READERS, BATCH_SIZE = 3, 64
split = sharded.split("train")
read = []
for worker in range(READERS):
    epoch = split.epochs(BATCH_SIZE, seed=0, worker=worker, workers=READERS).take(split.steps(BATCH_SIZE, READERS))
    batches = list(epoch.as_numpy_iterator())
    read.append([one for batch in batches for one in batch])
    print(f"reader {worker}: {len(batches)} batches, {len(read[-1])} records")
together = sum(read, [])
stored = list(split.serialised().as_numpy_iterator())
print(
    f"{len(together)} records in all; each of the {len(stored)} stored ones once: {sorted(together) == sorted(stored)}"
)

# Some clicks are equal to another one: which of them was read nobody can tell, so they are not drawn.
order = {one: place for place, one in enumerate(stored)}
often = collections.Counter(stored)
plt.figure(figsize=(7, 2.6))
for worker, records in enumerate(read):
    places = [order[one] for one in records if often[one] == 1]
    plt.plot(places, ".", markersize=1, label=f"reader {worker}")
for border in range(0, len(split), 1000):
    plt.axhline(border, color="gray", linewidth=0.3)
plt.xlabel("reading")
plt.ylabel("place in the shards")
plt.legend(markerscale=10, fontsize=8)
plt.show()
workspace.cleanup()

# %% [markdown]
# Each reader has some whole shards and parts of others, and reads them mixed. The order is drawn at random, from the
# seed and the number of the epoch: who reads that epoch again reads the same.
#
# **What to try**: `--restarts 3`, and end one of the workers meanwhile; `launch --manifest kubernetes --image ...`,
# which prints what a cluster needs; ten million rows, if you have some gigabytes to spare; `--sharded-tables` in the
# launched command. The guides on several devices, on shards and on scale go on from here.
