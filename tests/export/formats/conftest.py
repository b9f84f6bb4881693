"""Three small trained networks that the tests of the formats share: of ids and numbers, of convolutions, with a GRU."""

import pytest

import multimodal_zoo as mz

SMALL = {"joint_dim": 16, "missing_modalities": True}


@pytest.fixture(scope="session")
def clicks():
    return mz.load_dataset("synthetic-clicks")


@pytest.fixture(scope="session")
def ids_and_numbers(clicks):
    arguments = {"embedding_dim": 4, "hidden": (8,), "missing_modalities": True}
    return mz.train_named("deepfm", clicks, epochs=1, arguments=arguments, verbose=0)


@pytest.fixture(scope="session")
def diagnosis():
    return mz.load_dataset("synthetic-diagnosis")


@pytest.fixture(scope="session")
def with_gru(diagnosis):
    arguments = {**SMALL, "filters": (4, 8), "embedding_dim": 8, "units": 8}
    return mz.train_named("lstnet_diagnosis", diagnosis, epochs=1, arguments=arguments, verbose=0)


@pytest.fixture(scope="session")
def digits():
    return mz.load_dataset("synthetic-digits")


@pytest.fixture(scope="session")
def convolutions(digits):
    arguments = {**SMALL, "audio_filters": (4, 8), "image_filters": (4, 8)}
    return mz.train_named("audio_visual_fusion", digits, epochs=1, arguments=arguments, verbose=0)


@pytest.fixture(scope="session")
def answers():
    """What a folder of a format answers to raw records: `preprocess`, then `run`, the runtime on its file."""
    import numpy as np
    import tensorflow as tf

    from multimodal_zoo.modalities import batch_records

    def answer(folder, run, bundle, records):
        preprocess = tf.saved_model.load(str(folder / "preprocess"))
        raw = batch_records(bundle.modalities, records)
        named = {one.raw_name(name): raw[name] for name, one in bundle.modalities.items()}
        tensors = preprocess.signatures["serving_default"](**named)
        inputs = {name: tensors[name].numpy() for name in bundle.model.input}
        return np.concatenate(
            [run({name: value[row : row + 1] for name, value in inputs.items()}) for row in range(len(records))]
        )

    return answer


@pytest.fixture(scope="session")
def expected():
    """What the bundle itself answers, as an array."""
    import numpy as np

    def expect(bundle, records):
        answers = [mz.predict_record(bundle, one) for one in records]
        if bundle.card.task == "ranking":
            return np.array([[one["score"]] for one in answers])
        return np.array([list(one["probabilities"].values()) for one in answers])

    return expect
