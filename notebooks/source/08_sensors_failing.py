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
# # Sensors that fail
#
# A car sees what is ahead by camera, radar and GPS; an engine is watched by 21 sensors. Sensors get dirty, freeze and
# break. How good is what is left, and what can training do about it?
#
# **Data**: `synthetic-drive` is **made up by a program** and built in: its figures say nothing about roads.
# `cmapss-fd001` are engines in a public **simulation** of NASA; the second half needs its files (see
# `MULTIMODAL_ZOO_DATA`) and is skipped where they are not. The outputs kept here are of both.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column, find_dataset

drive = mz.load_dataset("synthetic-drive")
print(drive.card.title)
print(drive.class_names, {name: len(drive.split(name)) for name in ("train", "validation", "test")})

# %% [markdown]
# One record: six small grey pictures of the last second, all radar returns of that second, and the GPS fixes.

# %%
record, label = drive.split("test")[0]
figure, axes = plt.subplots(1, 8, figsize=(14, 2.2), width_ratios=[1] * 6 + [1.3, 1.3], layout="constrained")
for axis, frame in zip(axes, record["camera"], strict=False):
    axis.imshow(tf.io.decode_image(frame).numpy().squeeze(), cmap="gray", vmin=0, vmax=255)
    axis.axis("off")
ahead, left, rate, _, age = record["radar"].T
axes[6].scatter(-left, ahead, c=rate, s=12 - 10 * age, cmap="coolwarm")
axes[6].set(title="radar", xlabel="metres to the right", ylabel="metres ahead")
axes[7].plot(np.linspace(-1, 0, 6), record["gps"][:, 0], "o-")
axes[7].set(title="speed by GPS, m/s", xlabel="seconds", ylim=(0, 20))
figure.suptitle(drive.class_names[label])
plt.show()

# %% [markdown]
# ## A network that can do without
#
# `modality_dropout` takes whole sensors away in training. `validate_missing=True` chooses the epoch that is good with
# all sensors and without each.

# %%
settings = {"epochs": 12, "batch_size": 16, "patience": 12, "verbose": 0}
bundle = mz.train_named(
    "driving_perception",
    drive,
    arguments={"missing_modalities": True, "modality_dropout": 0.2},
    validate_missing=True,
    **settings,
)
sensors = list(bundle.modalities)
test = drive.split("test")
left_over = [kept for size in (3, 2, 1) for kept in itertools.combinations(sensors, size)]
accuracy = {
    kept: mz.evaluate(bundle, test, without=[name for name in sensors if name not in kept])["accuracy"]
    for kept in left_over
}
guess = np.bincount(test.labels).max() / len(test)

plt.figure(figsize=(7, 3))
plt.barh([" + ".join(kept) for kept in left_over], list(accuracy.values()), color=plt.cm.tab10([0] + [1] * 3 + [2] * 3))
plt.axvline(guess, color="gray", linestyle=":", label="always the same answer")
plt.gca().invert_yaxis()
plt.xlim(0, 1)
plt.xlabel("test accuracy by what is left")
plt.legend(fontsize=8)
plt.show()

# %% [markdown]
# Camera and radar each get about two of five right, and together four of five: the one sees what it is, the other how
# fast it comes nearer. The GPS alone is as good as no sensor, and nothing is lost here when it fails: the difference is
# smaller than the error of 360 records (0.02). This is one seed. The published row of this network reaches 0.91: it
# trains longer and starts from what each sensor learned alone.
#
# ## A sensor that falls silent within the second
#
# A sensor need not fail between two records. Here one of them stops some moments before now: frames that cannot be
# read, no returns from then on, no fixes. Such a frame is absent at its moment and the rest of the record is answered;
# nothing is raised, neither here nor when serving.

# %%
MOMENTS = 6


def silent(records, sensor, moments):
    """The records, their sensor without its last so many moments."""
    values = [records[number][0][sensor] for number in range(len(records))]
    if sensor == "camera":
        values = [[*frames[: MOMENTS - moments], *[b"covered"] * moments] for frames in values]
    elif sensor == "radar":
        values = [returns[returns[:, 4] > (moments - 0.5) / (MOMENTS - 1)] for returns in values]
    else:
        values = [np.where(np.arange(MOMENTS)[:, None] < MOMENTS - moments, fixes, np.nan) for fixes in values]
    return Records({**records.columns, sensor: column(values)}, records.labels)


lost = (2, 4, 6)
plt.figure(figsize=(6, 3.2))
for sensor in sensors:
    curve = [mz.evaluate(bundle, silent(test, sensor, moments))["accuracy"] for moments in lost]
    plt.plot([MOMENTS - moments for moments in (0, *lost)], [accuracy[tuple(sensors)], *curve], "o-", label=sensor)
plt.axhline(guess, color="gray", linestyle=":")
plt.gca().invert_xaxis()
plt.xlabel("moments left of the sensor")
plt.ylabel("test accuracy")
plt.legend()
plt.show()

# %% [markdown]
# The last two of six moments of the radar are hardly missed, those of the camera at once. Without any moment left, each
# curve ends where the chart above has the other two sensors.
#
# ## Channels that fail one by one
#
# An engine's 21 sensors are one modality, a `Series` with 21 numbers a cycle. A channel that fails is NaN, and takes
# the mean of the training split. How many cycles an engine has left is told in cycles; the error is that of the cycles.
#
# No argument of a builder takes single channels away in training, but records are plain data: a second training gets
# the same engines with channels struck out at random.

# %%
CHANNELS = 21


def without_channels(records, chosen):
    """The records, of which each lacks the channels that `chosen` gives it."""
    struck = [
        np.where(np.isin(np.arange(CHANNELS), channels), np.nan, readings).astype("float32")
        for readings, channels in zip(records.columns["sensors"], chosen, strict=True)
    ]
    return Records({**records.columns, "sensors": column(struck)}, records.labels)


def trained_on(train, validation):
    keras.utils.set_random_seed(0)
    model = mz.create_model(
        "machine_health", **engines.modalities, filters=(16, 16, 16, 16), dropout=0.0, missing_modalities=True
    )
    fitting = {"epochs": 8, "batch_size": 128, "learning_rate": 3e-3, "patience": 8}
    return mz.fit(model, (train, validation), verbose=0, **fitting)


if find_dataset("cmapss-fd001"):
    engines = mz.load_dataset("cmapss-fd001")
    # Every fifth window of an engine: the others hardly differ.
    train, validation = (engines.split(name) for name in ("train", "validation"))
    train, validation = (part.take(range(0, len(part), 5)) for part in (train, validation))
    random = np.random.default_rng(0)
    failing = [random.choice(CHANNELS, random.integers(0, 16), replace=False) for _ in range(len(train))]
    sound, used_to_it = trained_on(train, validation), trained_on(without_channels(train, failing), validation)
    print(len(train), "windows to learn from,", len(engines.split("test")), "engines to test on")
else:
    print("cmapss-fd001 is not here: the rest of this notebook has nothing to show.")

# %%
if find_dataset("cmapss-fd001"):
    engine_test = engines.split("test")
    gone = (0, 7, 14, 20)
    orders = [np.random.default_rng(seed).permutation(CHANNELS) for seed in range(2)]
    figure, axis = plt.subplots(figsize=(6, 3.4))
    for name, trained in (("trained on sound engines", sound), ("trained with failing channels", used_to_it)):
        error = np.array(
            [
                [
                    mz.evaluate(trained, without_channels(engine_test, [order[:count]] * len(engine_test)))["rmse"]
                    for count in gone
                ]
                for order in orders
            ]
        )
        left_channels = [CHANNELS - count for count in gone]
        axis.plot(left_channels, error.mean(axis=0), "o-", label=name)
        axis.fill_between(left_channels, error.min(axis=0), error.max(axis=0), alpha=0.2)
    # What a person could say without any sensor: the mean of the training engines.
    plain = float(np.sqrt(np.mean((engine_test.labels - train.labels.mean()) ** 2)))
    axis.axhline(plain, color="gray", linestyle=":", label="always the mean")
    axis.invert_xaxis()
    axis.set(xlabel="channels left", ylabel="error, cycles (rmse)")
    axis.legend(fontsize=8)
    plt.show()

# %% [markdown]
# The bands are over two orders in which channels fail. Trained on sound engines, the network errs by about 17 cycles,
# and by about 33 once seven of 21 channels are left. The one that has seen failing channels pays for it with about
# three cycles where all are sound, and errs by about 26 with seven left. With a single channel it depends on which one
# that is, and a network may be no better than a constant answer. One seed each, 100 engines: trust the large
# differences alone.
#
# **What to try**: `modality_dropout=0.0` for the drive, and the first chart again; `flag_missing=True` in the `Series`
# of the engines, which tells the network which readings were missing; `without=["state"]` in `mz.evaluate`;
# `mz.robustness_report`, which does this with growing noise on an exported model.
