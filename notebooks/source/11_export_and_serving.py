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
# # Export and serving
#
# From a trained network to answers behind a server: what an export holds, what it does with broken records, which files
# a server needs, and how to see that the inputs of today are no longer those of the training.
#
# **Data**: `synthetic-diagnosis`, **made up by a program** and built in: an image and a report, and no statement about
# medicine. The server's folder needs the extra `serving`: `pip install 'multimodal-zoo[serving]'`.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import base64
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.export import write_serving_folder
from multimodal_zoo.export.client import RestClient, ServingError
from multimodal_zoo.monitoring import input_drift, prometheus_text, read_requests

tf.get_logger().setLevel("ERROR")
workspace = tempfile.TemporaryDirectory()
root = Path(workspace.name)

data = mz.load_dataset("synthetic-diagnosis")
print(data.card.title)
bundle = mz.train_named(
    "lstnet_diagnosis",
    data,
    epochs=12,
    seed=0,
    arguments={"filters": (8, 16, 32), "missing_modalities": True, "modality_dropout": 0.2},
    verbose=0,
)
print("test accuracy:", round(bundle.metrics["test"]["accuracy"], 3))

# %% [markdown]
# ## What is in the artefact
#
# One folder: the graph with the vocabulary in it, the weights, and a manifest with the checksum of each file. Beside
# them lie made-up requests with the network's own answers, which the gate asks again before anything is served.

# %%
version = root / "saved_models" / "lstnet_diagnosis" / "1"
mz.export_bundle(bundle, version)
for file in sorted(version.rglob("*")):
    if file.is_file():
        print(f"{file.stat().st_size:>9,}  {file.relative_to(version)}")
print()
for check in mz.check_artefact(version).checks:
    print(f"{check.name}: {check.outcome}. {check.reason}")

# %% [markdown]
# ## Plain TensorFlow
#
# From here on the artefact is asked as somebody would who has TensorFlow and nothing else. Bytes and strings go in;
# answers come out with what was understood of the request.

# %%
served = tf.saved_model.load(str(version))
for name, signature in served.signatures.items():
    takes = {key: spec.dtype.name for key, spec in signature.structured_input_signature[1].items()}
    print(f"{name}: {takes}\n    -> {', '.join(sorted(signature.structured_outputs))}")

# %% [markdown]
# ## Broken records in a batch
#
# One picture is sound, one was cut off, one is a text, one declares 40,000 x 40,000 pixels; and one record has nothing
# at all. A batch is not lost for that: what cannot be read is absent, told as `undecodable`, and the record is answered
# from what is left.

# %%
record, label = data.split("test")[3]
# A PNG says its width and height in the bytes 16 to 23.
huge = record["image"][:16] + (40_000).to_bytes(4, "big") * 2 + record["image"][24:]
pictures = [record["image"], record["image"][:300], b"no image at all", huge, b"", b""]
reports = [record["report"]] * 5 + [""]
answer = served.signatures["serving_default"](image_bytes=tf.constant(pictures), report=tf.constant(reports))
print("truth:", data.class_names[label], "|", record["report"])
said = {name: values.numpy() for name, values in answer.items()}
for row, what in enumerate(("sound", "cut off", "a text", "too large", "no image", "nothing at all")):
    print(
        f"{what:>14}: {said['labels'][row].decode():<9} probability {said['probabilities'][row].max():.3f},",
        f"present {said['presence'][row].astype(int)}, undecodable {said['undecodable'][row].astype(int)}",
    )
alone = served.signatures["serving_default"](image_bytes=tf.constant(pictures[:1]), report=tf.constant(reports[:1]))
difference = np.abs(alone["probabilities"][0] - answer["probabilities"][0]).max()
print(f"the sound record alone, and among the broken ones: {difference:.1e} apart")

# %% [markdown]
# Who sends nothing at all gets an answer, too, and here it is worth what a coin is: look at `presence` before you use
# one.
#
# The signature `explain` tells what each modality contributed, as the exact Shapley value.

# %%
shown = 5
records = [data.split("test")[number][0] for number in range(shown)]
said = served.signatures["explain"](
    image_bytes=tf.constant([one["image"] for one in records]), report=tf.constant([one["report"] for one in records])
)
figure, axes = plt.subplots(2, shown, figsize=(12, 4.2), height_ratios=(2, 1), layout="constrained")
for number, (above, below) in enumerate(axes.T):
    above.imshow(tf.io.decode_image(records[number]["image"]).numpy().squeeze(), cmap="gray")
    symptom = records[number]["report"].split(". ")[1]
    above.set_title(f"{symptom}\n-> diseased {said['probabilities'].numpy()[number, 1]:.2f}", fontsize=8)
    above.axis("off")
    below.barh(["image", "report"], [said[f"contribution_{name}"].numpy()[number, 1] for name in ("image", "report")])
    below.axvline(0, color="black", linewidth=0.5)
    below.set_xlim(-0.6, 0.6)
axes[1, 0].set_xlabel("contribution to 'diseased'")
plt.show()

# %% [markdown]
# Where report and image disagree, as in all five here, the two bars point to opposite sides, and the longer one
# decides.
#
# ## The folder of a server
#
# `write_serving_folder` writes beside the exports what TensorFlow Serving, docker compose, Kubernetes and KServe read.

# %%
write_serving_folder(root / "saved_models", ["lstnet_diagnosis"])
for file in sorted((root / "saved_models").rglob("*")):
    if file.is_file() and "lstnet_diagnosis" not in file.parts:
        print(file.relative_to(root / "saved_models"))
print()
print((root / "saved_models" / "models.config").read_text())

# %% [markdown]
# ## A request
#
# Over REST a request is JSON, and names that end in `_bytes` carry base64. This is what goes over the wire (the picture
# is cut short here):

# %%
body = {
    "signature_name": "serving_default",
    "inputs": {
        "image_bytes": [{"b64": base64.b64encode(record["image"]).decode()}, {"b64": ""}],
        "report": [record["report"], "high fever and cough"],
    },
}
text = json.dumps(body, indent=1)
print("POST /v1/models/lstnet_diagnosis:predict")
print(text.replace(body["inputs"]["image_bytes"][0]["b64"], body["inputs"]["image_bytes"][0]["b64"][:32] + "..."))

# %% [markdown]
# `RestClient` writes that body, needs no TensorFlow, and keeps a deadline. Where a server listens on port 8501, it is
# asked here; in the outputs kept, none did.

# %%
try:
    with RestClient("http://127.0.0.1:8501", "lstnet_diagnosis", timeout=2.0, retries=0) as client:
        print(client.predict([{"image": record["image"], "report": record["report"]}, {"report": "no image"}]))
except ServingError as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
# ## Are the inputs still those of the training?
#
# A bundle keeps a sketch of its training inputs: how often each modality is there, how bright the pictures are, how
# many words the reports have. Logged requests, one JSON body a line, are held against it. Here are two made-up days of
# requests: one with test records as they are, one after a new device was bought that makes darker pictures, and after a
# change of the form that leaves many reports empty.


# %%
def log_requests(file, records):
    with file.open("w") as lines:
        for start in range(0, len(records), 10):
            some = records[start : start + 10]
            pictures = [{"b64": base64.b64encode(one["image"]).decode()} for one in some]
            inputs = {"image_bytes": pictures, "report": [one["report"] for one in some]}
            lines.write(json.dumps({"inputs": inputs}) + "\n")


def darker(picture):
    pixels = tf.io.decode_image(picture).numpy()
    return tf.io.encode_png((pixels * 0.7).astype("uint8")).numpy()


test = data.split("test")
as_ever = [test[number][0] for number in range(len(test))]
changed = [
    {"image": darker(one["image"]), "report": "" if number % 4 == 0 else one["report"]}
    for number, one in enumerate(as_ever)
]
drift = {}
for day, records in (("as ever", as_ever), ("changed", changed)):
    log = root / f"{day.replace(' ', '_')}.jsonl"
    log_requests(log, records)
    drift[day] = input_drift(bundle.modalities, bundle.inputs, read_requests([log], bundle.modalities))

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3), width_ratios=(1, 1, 3), layout="constrained")
for axis, title, picture in ((left, "as ever", as_ever[0]), (middle, "changed", changed[0])):
    axis.imshow(tf.io.decode_image(picture["image"]).numpy().squeeze(), cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
measures = [(name, measure) for name in bundle.modalities for measure in drift["changed"][name]["measures"]]
for shift, day in enumerate(drift):
    values = [drift[day][name]["measures"][measure] for name, measure in measures]
    right.barh(np.arange(len(measures)) + 0.4 * shift, values, 0.4, label=day)
right.set_yticks(np.arange(len(measures)) + 0.2, [f"{name}: {measure}" for name, measure in measures], fontsize=8)
right.axvline(0.2, color="gray", linestyle=":", label="the alarm of `drift`")
right.set_xscale("symlog", linthresh=0.1)
right.set_xlabel("population stability index")
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# On the day as ever no measure comes near the line at which `multimodal-zoo drift` fails. On the changed day
# brightness, contrast and how often there is a report are far beyond it, and the measures tell what it was that
# changed.
#
# One number for each modality goes to the monitoring, in the format of Prometheus. Does it matter for the answers? The
# index does not say; where labels come in later, they do.

# %%
print(prometheus_text("lstnet_diagnosis", drift["changed"]))
for day, records in (("as ever", as_ever), ("changed", changed)):
    said = served.signatures["serving_default"](
        image_bytes=tf.constant([one["image"] for one in records]),
        report=tf.constant([one["report"] for one in records]),
    )
    answered = [name.decode() for name in said["labels"].numpy()]
    truth = [data.class_names[label] for label in test.labels]
    print(day, "accuracy", round(np.mean([one == other for one, other in zip(answered, truth, strict=True)]), 3))
workspace.cleanup()

# %% [markdown]
# Here the accuracy fell from 0.85 to 0.81. With 150 records that could be chance (one standard error is 0.03); the
# drift is not. It was noticed without a single label.
#
# **What to try**: change a byte of `saved_model.pb` and call `mz.check_artefact` again; export a second version to
# `.../2` and check it, which holds its signatures against the first; `warm_up=[record]` in `export_bundle`; in a
# terminal `multimodal-zoo serving-folder` and `multimodal-zoo drift`. The guide on serving tells of Triton, of batching
# inside the SavedModel and of other formats.
