"""Untrained bundles that the tests of the demo ask."""

import dataclasses

import keras
from contract.records import bundle_of, raw_records, small_model

REPORT = "Lungs clear, <zebra> heart"


def diagnosis():
    """`lstnet_diagnosis` for pictures and reports, either of which may be missing, and a record for it."""
    keras.utils.set_random_seed(5)
    model = small_model("lstnet_diagnosis", missing_modalities=True, filters=(4,))
    bundle = dataclasses.replace(bundle_of(model), class_names=("clear", "diseased"))
    return bundle, {"image": raw_records(model, 1)[0]["image"], "report": REPORT}


def sounds():
    """`audio_visual_fusion` for sounds and pictures."""
    return bundle_of(small_model("audio_visual_fusion", missing_modalities=True))
