import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from training.diagnosis import records

from multimodal_zoo.modalities import Image, MultiCategorical, Numeric, Series, Text, Video
from multimodal_zoo.training.pipeline import (
    batch_size_without_empty_parts,
    chunk_size,
    evaluation_batches,
    prepare,
    streaming_batches,
    training_batches,
)

MODALITIES = {
    "image": Image(8, 8, 1, noise=0.1),
    "report": Text(20, 8, word_drop=0.2).adapt(["fever and clear lungs"]),
}


def collect(batches, steps):
    return [
        ({key: value.numpy() for key, value in inputs.items()}, labels.numpy())
        for inputs, labels in batches.take(steps)
    ]


def equal(one, other):
    return all(
        np.array_equal(a[0][key], b[0][key]) and np.array_equal(a[1], b[1])
        for a, b in zip(one, other, strict=True)
        for key in a[0]
    )


def test_broken_records_are_counted_and_absent_or_skipped_by_choice():
    data = records(20, 0, image={3: b"junk", 7: b"\xff\xd8\xff cut", 9: b""}, report={4: ""})
    kept = prepare(data, MODALITIES)
    assert kept.undecodable == {"image": [3, 7]} and len(kept) == 20
    assert np.flatnonzero(kept.presence[:, 0] == 0).tolist() == [3, 7, 9]
    assert np.flatnonzero(kept.presence[:, 1] == 0).tolist() == [4]
    skipped = prepare(data, MODALITIES, "skip")
    assert skipped.undecodable == {"image": [3, 7]} and len(skipped) == 18
    np.testing.assert_array_equal(skipped.labels, np.delete(kept.labels.numpy(), [3, 7]))


def test_all_skipped_or_empty_is_an_error():
    junk = {row: b"junk" for row in range(4)}
    with pytest.raises(ValueError, match="Every one of the 4 records was skipped"):
        prepare(records(4, 0, image=junk), MODALITIES, "skip")
    with pytest.raises(ValueError, match="holds no record"):
        prepare(records(4, 0).take(0), MODALITIES)
    with pytest.raises(ValueError, match="absent, skip"):
        prepare(records(4, 0), MODALITIES, "ignore")


def test_the_same_seed_gives_the_same_batches_and_another_seed_others():
    prepared = prepare(records(30, 0), MODALITIES)
    arguments = {"batch_size": 8, "with_presence": True}
    once = collect(training_batches(prepared, MODALITIES, seed=1, **arguments), 9)
    assert equal(once, collect(training_batches(prepared, MODALITIES, seed=1, **arguments), 9))
    assert not equal(once, collect(training_batches(prepared, MODALITIES, seed=2, **arguments), 9))


def test_a_resumed_run_sees_what_the_uninterrupted_one_would_have_seen():
    prepared = prepare(records(30, 0), MODALITIES)
    arguments = {"batch_size": 8, "seed": 1, "with_presence": True}
    whole = collect(training_batches(prepared, MODALITIES, **arguments), 9)
    resumed = collect(training_batches(prepared, MODALITIES, first_epoch=2, **arguments), 3)
    assert equal(whole[6:], resumed)


def test_every_epoch_is_another_order_of_the_same_records():
    prepared = prepare(records(32, 0), MODALITIES)
    batches = collect(
        training_batches(prepared, MODALITIES, batch_size=8, seed=0, with_presence=False, augment=False), 8
    )
    epochs = [np.concatenate([batch[0]["image"] for batch in part]) for part in (batches[:4], batches[4:])]
    assert not np.array_equal(*epochs)
    for epoch in epochs:
        rows = {one.tobytes() for one in epoch}
        assert rows == {one.tobytes() for one in prepared.content["image"].numpy()}


def test_augmentation_is_for_training_alone():
    prepared = prepare(records(16, 0), MODALITIES)
    inputs, labels = next(iter(evaluation_batches(prepared, batch_size=16, with_presence=True)))
    np.testing.assert_array_equal(inputs["image"], prepared.content["image"])
    np.testing.assert_array_equal(labels, prepared.labels)
    varied = collect(training_batches(prepared, MODALITIES, batch_size=16, seed=0, with_presence=True), 1)
    assert {one.tobytes() for one in varied[0][0]["image"]}.isdisjoint(one.tobytes() for one in inputs["image"].numpy())


def test_without_marks_modalities_as_absent():
    prepared = prepare(records(4, 0), MODALITIES)
    assert prepared.without("image").presence.numpy().tolist() == [[0, 1]] * 4
    with pytest.raises(ValueError, match="Unknown modality 'sound'.*image, report"):
        prepared.without("sound")


def test_a_modality_that_the_records_lack_is_absent():
    modalities = {
        **MODALITIES,
        "age": Numeric().adapt([1.0, 3.0]),
        "tags": MultiCategorical(10, 2).adapt([["a"]]),
    }
    prepared = prepare(records(3, 0), modalities)
    assert prepared.presence.numpy().tolist() == [[1, 1, 0, 0]] * 3


def test_lists_of_uneven_length_and_whole_numbers_are_read():
    def rows():
        for user, tags in [(1, ["a", "b"]), (2, []), (3, ["b"])]:
            yield {"user": user, "tags": tags}, 1.0

    spec = (
        {"user": tf.TensorSpec((), tf.int64), "tags": tf.TensorSpec((None,), tf.string)},
        tf.TensorSpec((), tf.float32),
    )
    tags = MultiCategorical(10, 2).adapt([["a", "b"], ["a"]])
    from multimodal_zoo.modalities import Categorical

    users = Categorical(10).adapt([1, 2])
    prepared = prepare(tf.data.Dataset.from_generator(rows, output_signature=spec), {"user": users, "tags": tags})
    assert prepared.content["tags"].numpy().tolist() == [[2, 3], [0, 0], [3, 0]]
    assert prepared.content["user"].numpy().ravel().tolist() == [2, 3, 1]


def test_streaming_gives_the_same_records_as_memory():
    data = records(20, 0, image={3: b"junk"})
    counter = tf.Variable(tf.zeros(2, tf.int64))
    stream = streaming_batches(
        data,
        MODALITIES,
        batch_size=8,
        seed=0,
        with_presence=True,
        augment=False,
        shuffle_records=0,
        undecodable=counter,
    )
    prepared = prepare(data, MODALITIES)
    images = np.concatenate([inputs["image"] for inputs, _ in stream])
    np.testing.assert_array_equal(images, prepared.content["image"])
    assert counter.numpy().tolist() == [1, 0]
    skipping = streaming_batches(data, MODALITIES, batch_size=8, seed=0, with_presence=True, on_undecodable="skip")
    assert sum(len(labels) for _, labels in skipping) == 19


def test_buckets_hold_texts_of_about_one_length_and_cut_the_padding():
    reports = {row: " ".join(["fever"] * (1 + row % 8)) for row in range(40)}
    stream = streaming_batches(
        records(40, 0, report=reports),
        MODALITIES,
        batch_size=5,
        seed=0,
        with_presence=True,
        augment=False,
        bucket_by="report",
        bucket_boundaries=(3, 6),
    )
    seen = 0
    for inputs, labels in stream:
        lengths = (inputs["report"].numpy() != 0).sum(1)
        assert inputs["report"].shape[1] == lengths.max()
        assert max(lengths) < 3 or (min(lengths) >= 3 and max(lengths) < 6) or min(lengths) >= 6
        seen += len(labels)
    assert seen == 40


def test_what_is_no_dataset_of_records_is_refused():
    with pytest.raises(TypeError, match="record dict, label"):
        prepare(tf.data.Dataset.range(3), MODALITIES)


def test_series_of_different_length_meet_in_a_batch():
    series = Series(2, 4).adapt([[[0, 0], [2, 4]]])
    rows = [[[1, 2], [3, 4], [5, 6]], [[7, 8]], []]
    data = tf.data.Dataset.from_generator(
        lambda: (({"sensors": np.reshape(one, (-1, 2))}, 0) for one in rows),
        output_signature=({"sensors": tf.TensorSpec((None, 2), tf.float64)}, tf.TensorSpec((), tf.int32)),
    )
    prepared = prepare(data, {"sensors": series, "other": series})
    np.testing.assert_array_equal(prepared.presence, [[1, 0], [1, 0], [0, 0]])
    assert prepared.undecodable == {}
    for row, one in enumerate(rows):
        alone = series.decode(tf.reshape(tf.constant(one, tf.float32), (1, -1, 2))).tensor[0]
        np.testing.assert_array_equal(prepared.content["sensors"][row], alone)


def test_large_records_are_decoded_a_few_at_a_time():
    assert chunk_size(MODALITIES) == 256
    # 16 x 64 x 64 x 4 numbers each.
    assert chunk_size({"clip": Video(16, 64, 64), "age": Numeric()}) == 63
    assert chunk_size({"clip": Video(128, 512, 512)}) == 1


@given(records=st.integers(1, 400), replicas=st.integers(1, 8), most=st.integers(1, 300))
def test_no_replica_gets_an_empty_part_of_a_batch_of_validation(records, replicas, most):
    batch_size = batch_size_without_empty_parts(records, replicas, most)
    if batch_size is None:
        assert all(-(-records // part) % replicas for part in range(1, max(1, most // replicas) + 1))
        return
    assert batch_size % replicas == 0 and batch_size <= max(most, replicas)
    # As TensorFlow cuts: every batch into parts of one size, until nothing is left.
    part = batch_size // replicas
    for start in range(0, records, batch_size):
        rows = min(batch_size, records - start)
        assert all(rows - replica * part > 0 for replica in range(replicas))


def test_over_replicas_the_whole_split_is_judged():
    prepared = prepare(records(47, 0), MODALITIES)
    batches = list(evaluation_batches(prepared, batch_size=256, with_presence=True, replicas=2))
    assert [len(labels) for _, labels in batches] == [47]
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in batches]), prepared.labels)
    # Nine records for four replicas cannot be cut so that each gets some of every batch.
    few = prepare(records(9, 0), MODALITIES)
    assert (
        sum(len(labels) for _, labels in evaluation_batches(few, batch_size=256, with_presence=True, replicas=4)) == 8
    )
