"""Series by hand: what is kept, where it stands, and what missing readings become."""

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Series, batch_records

NAN, INF = np.nan, np.inf
# Leaves the readings in their own unit.
AS_READ = {"mean": (0.0, 0.0), "variance": (1.0, 1.0)}


def batch(series, *values):
    return batch_records({"x": series}, [{"x": value} for value in values])["x"]


def decoded(series, *values):
    return series.decode(batch(series, *values))


def test_readings_are_standardised_by_feature_and_padded_behind():
    series = Series(2, 3).adapt([[[0, 10], [2, 30]], [], [[1, NAN]]])
    assert series.mean == (1.0, 20.0) and series.variance == (2 / 3, 100.0)
    (tensor,) = decoded(series, [[1, 40], [2, 20]]).tensor.numpy()
    np.testing.assert_allclose(tensor, [[0, 2, 1], [1.5**0.5, 0, 1], [0, 0, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("keep", "align", "long", "short"),
    [
        ("newest", "front", [3, 4, 5], [7, 0, 0]),
        ("newest", "back", [3, 4, 5], [0, 0, 7]),
        ("oldest", "front", [1, 2, 3], [7, 0, 0]),
        ("oldest", "back", [1, 2, 3], [0, 0, 7]),
    ],
)
def test_which_steps_are_kept_and_where_they_stand(keep, align, long, short):
    series = Series(1, 3, keep=keep, align=align, mean=(0.0,), variance=(1.0,))
    tensor = decoded(series, [1, 2, 3, 4, 5], [7]).tensor.numpy()
    np.testing.assert_array_equal(tensor[..., 0], [long, short])
    np.testing.assert_array_equal(tensor[..., 1], (tensor[..., 0] > 0))


def test_rows_of_nothing_before_and_after_do_not_count():
    series = Series(2, 4, **AS_READ)
    bare, padded = decoded(series, [[1, 2], [3, NAN]], [[NAN, NAN], [1, 2], [3, NAN], [NAN, NAN], [NAN, NAN]]).tensor
    np.testing.assert_array_equal(bare, padded)


def test_steps_as_given_stay_beside_those_of_the_same_moment():
    series = Series(2, 4, keep="oldest", align="given", **AS_READ)
    whole, gaps, late = decoded(
        series,
        [[1, 2], [3, 4], [5, 6]],
        [[NAN, NAN], [3, 4], [NAN, NAN]],
        [[NAN, NAN]] * 4 + [[9, 9]],
    ).tensor.numpy()
    np.testing.assert_array_equal(whole, [[1, 2, 1], [3, 4, 1], [5, 6, 1], [0, 0, 0]])
    np.testing.assert_array_equal(gaps, [[0, 0, 0], [3, 4, 1], [0, 0, 0], [0, 0, 0]])
    # What comes too late is cut off, and holds nothing up.
    assert not late.any()


def test_a_missing_reading_takes_the_mean_and_a_step_without_any_is_padding():
    series = Series(2, 4, flag_missing=True, mean=(5.0, 0.0), variance=(1.0, 1.0))
    (tensor,) = decoded(series, [[NAN, 1], [NAN, INF], [7, -INF]]).tensor.numpy()
    np.testing.assert_array_equal(tensor, [[0, 1, 1, 0, 1], [0, 0, 0, 0, 0], [2, 0, 0, 1, 1], [0, 0, 0, 0, 0]])


def test_or_the_last_reading_before_it_also_from_before_what_is_kept():
    series = Series(2, 3, fill="last", flag_missing=True, **AS_READ)
    rows = [[1, NAN], [NAN, 2], [NAN, NAN], [4, NAN]]
    (tensor,) = decoded(series, rows).tensor.numpy()
    np.testing.assert_array_equal(tensor, [[1, 2, 1, 0, 1], [1, 2, 1, 1, 1], [4, 2, 0, 1, 1]])


def test_carrying_forward_is_what_pandas_calls_ffill():
    random = np.random.default_rng(0)
    values = random.normal(size=(5, 30, 3)).astype("float32")
    values[random.uniform(size=values.shape) < 0.7] = NAN
    values[:, 0], values[:, -1] = 1.0, 2.0
    series = Series(3, 30, fill="last", mean=(0.0,) * 3, variance=(1.0,) * 3)
    tensor = series.decode(tf.constant(values)).tensor.numpy()
    wanted = values.copy()
    for step in range(1, 30):
        wanted[:, step] = np.where(np.isnan(wanted[:, step]), wanted[:, step - 1], wanted[:, step])
    np.testing.assert_array_equal(tensor[..., :3], wanted)
    assert tensor[..., 3].all()


def test_absent_broken_and_whole_rows_of_one_batch():
    series = Series(2, 2, **AS_READ)
    found = decoded(series, [[1, 2]], None, [[INF, -INF]], [[NAN, NAN]], [[3, NAN]])
    assert found.given.numpy().tolist() == [True, False, True, False, True]
    assert found.present.numpy().tolist() == [True, False, False, False, True]
    for row in (1, 2, 3):
        assert not found.tensor[row].numpy().any()
    np.testing.assert_array_equal(found.tensor[0], decoded(series, [[1, 2]]).tensor[0])


def test_a_batch_of_nothing_and_one_without_any_row():
    series = Series(2, 3, **AS_READ)
    assert series.decode(tf.zeros((0, 4, 2))).tensor.shape == (0, 3, 3)
    found = series.decode(tf.zeros((2, 0, 2)))
    assert not found.given.numpy().any() and not found.tensor.numpy().any()


def test_readings_near_the_largest_are_moved_to_the_limit():
    series = Series(1, 2, limit=50.0, mean=(0.0,), variance=(1.0,))
    assert decoded(series, [3.4e38, -3.4e38]).tensor.numpy()[0, :, 0].tolist() == [50.0, -50.0]


def test_augmentation_leaves_mask_and_padding_alone():
    series = Series(2, 40, flag_missing=True, noise=0.1, scale=0.5, time_mask=0.5, **AS_READ)
    rows = np.random.default_rng(0).normal(size=(30, 2))
    tensor = tf.repeat(decoded(series, rows).tensor, 20, axis=0)
    varied = series.augment(tensor, tf.constant([1, 2], tf.int64)).numpy()
    np.testing.assert_array_equal(varied[..., -1], tensor[..., -1])
    assert not varied[:, 30:].any() and not np.allclose(varied, tensor)
    # What is taken away is one span, and flagged.
    taken = varied[:, :30, 2] == 1
    assert 0.05 < taken.mean() < 0.5 and not varied[:, :30, :2][taken].any()
    assert (np.abs(np.diff(np.pad(taken, [(0, 0), (1, 1)]).astype(int), axis=1)).sum(axis=1) <= 2).all()


def test_scaling_stretches_each_feature_by_one_factor():
    series = Series(2, 5, scale=0.3, **AS_READ)
    tensor = tf.repeat(decoded(series, np.arange(1, 11).reshape(5, 2)).tensor, 50, axis=0)
    factors = series.augment(tensor, tf.constant([0, 7], tf.int64)).numpy()[..., :2] / tensor.numpy()[..., :2]
    np.testing.assert_allclose(factors, np.broadcast_to(factors[:, :1], factors.shape), rtol=1e-5)
    assert 0.7 <= factors.min() < 0.8 and 1.2 < factors.max() <= 1.3
    assert Series(2, 5, **AS_READ).augment(tensor, tf.constant([0, 0])) is tensor


def test_stretching_plays_a_series_slower_or_faster():
    series = Series(1, 40, stretch=0.2, mean=(0.0,), variance=(1.0,))
    tensor = tf.repeat(decoded(series, np.arange(1, 31)[:, None]).tensor, 200, axis=0)
    varied = series.augment(tensor, tf.constant([5, 6], tf.int64)).numpy()
    counts = varied[..., 1].sum(axis=1).astype(int)
    # 30 steps, between 24 and 36 afterwards; padding behind them and nowhere else.
    assert 24 <= counts.min() < 26 and 34 < counts.max() <= 36
    np.testing.assert_array_equal(varied[..., 1], np.arange(40) < counts[:, None])
    assert not varied[varied[..., 1] == 0].any()
    for row, count in zip(varied[..., 0], counts, strict=True):
        # Readings that rise by 1 a step rise by 1 / factor, up to the last, which may stand for half a step more.
        rise = row[1] - row[0]
        np.testing.assert_allclose(row[: count - 1], 1 + rise * np.arange(count - 1), atol=1e-4)
        assert 1 / 1.2 - 1e-4 <= rise <= 1 / 0.8 + 1e-4 and abs(30 / rise - count) <= 1 and row[count - 1] <= 30
    longer = decoded(series, np.arange(1, 41)[:, None]).tensor
    assert series.augment(longer, tf.constant([5, 6], tf.int64)).shape == longer.shape


def test_mixing_moves_every_step_towards_another_one_of_the_batch():
    values = [0.0, 1.0, 100.0]
    tensor = decoded(Series(1, 4, mean=(0.0,), variance=(1.0,)), *([value] for value in values)).tensor
    tensor = tf.repeat(tensor, 100, axis=0)
    seed = tf.constant([3, 4], tf.int64)

    def mixed(least):
        return Series(1, 4, mix=least, mean=(0.0,), variance=(1.0,)).augment(tensor, seed).numpy()

    whole = mixed(1.0)
    # A share of 1 leaves nothing of the step: what stands there is another one as it was, never padding.
    np.testing.assert_array_equal(whole[:, 1:, 0], 0)
    np.testing.assert_array_equal(whole[..., 1], tensor[..., 1])
    assert set(whole[:, 0, 0].tolist()) == set(values)
    counts = [int((whole[:, 0, 0] == value).sum()) for value in values]
    assert min(counts) > 60
    # The same draws with shares from 0.4 on: between 0.4 and 1 of the way there.
    own, other = tensor[:, 0, 0].numpy(), whole[:, 0, 0]
    moved = own != other
    share = (mixed(0.4)[:, 0, 0] - own)[moved] / (other - own)[moved]
    assert 0.4 - 1e-5 <= share.min() < 0.45 and 0.95 < share.max() <= 1 + 1e-5
    assert share.mean() == pytest.approx(0.7, abs=0.05)


def test_mixing_a_batch_of_nothing():
    series = Series(1, 2, mix=0.0, mean=(0.0,), variance=(1.0,))
    assert not series.augment(tf.zeros((2, 2, 2)), tf.constant([0, 0])).numpy().any()


def test_measures():
    series = Series(2, 3, **AS_READ)
    raw = batch(series, [[1, 10], [3, NAN], [5, 20], [7, 30]], [[NAN, 4], [NAN, 6]])
    found = {name: value.numpy().tolist() for name, value in series.measures(raw, series.decode(raw).tensor).items()}
    assert found == {"rows": [4, 2], "missing": [0.125, 0.5], "value_0": [4], "value_1": [20, 5]}


def test_errors():
    with pytest.raises(ValueError, match=r"expected \(rows, 2\) numbers, got the shape \(1, 3\)"):
        Series(2, 3).encode([[1, 2, 3]])
    with pytest.raises(ValueError, match="expected rows of 2"):
        Series(2, 3).encode([[1, 2], [3]])
    with pytest.raises(ValueError, match="no mean and variance yet"):
        Series(2, 3).decode(tf.zeros((1, 1, 2)))
    with pytest.raises(ValueError, match="without a single finite number"):
        Series(2, 3).adapt([[[1, NAN]], []])
    with pytest.raises(ValueError, match="keep is one of newest, oldest, got 'last'"):
        Series(2, 3, keep="last")
    with pytest.raises(ValueError, match="align='given' needs keep='oldest'"):
        Series(2, 3, align="given")
    with pytest.raises(ValueError, match="stretch needs align='front', got align='back'"):
        Series(2, 3, align="back", stretch=0.1)
    with pytest.raises(ValueError, match=r"mix is a share in \[0, 1\] or None, got 1.5"):
        Series(2, 3, mix=1.5)
    with pytest.raises(ValueError, match="steps has to be greater than 0"):
        Series(2, 0)
