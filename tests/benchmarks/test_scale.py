"""docs/scale.md: its tables follow from the measured curves, and each formula in them from what it stands for."""

import itertools
import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest
from scale_assumptions import ASSUMED, Assumptions
from scale_exchange import all_to_all, exchanges, ring_all_gather, ring_all_reduce
from scale_failures import expected_slowest, times_as_long, young_interval
from scale_limits import first_workers
from scale_memory import OPTIMISERS, TABLES, bytes_a_number, measured_bytes, numbers_of, workers_for

from multimodal_zoo.encoders.field_embeddings import smaller_table
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.modalities import Categorical

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


@pytest.mark.skipif(not (RESULTS / "growth.json").exists(), reason="the curves are not measured yet")
def test_the_tables_of_the_page_are_those_of_the_measured_curves():
    from write_scale import scale_documents

    wanted = scale_documents(json.loads((RESULTS / "growth.json").read_text(encoding="utf-8")))
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("scale-*.json")}
    assert found == json.loads(json.dumps(wanted)), "run benchmarks/write_scale.py, then benchmarks/readme_tables.py"
    page = (RESULTS.parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
    assert all(f"<!-- results:{name} -->" in page for name in wanted)


def step_of(optimiser):
    """A network on a table of 50 rows of 8 numbers after a step, its table and what was allocated for that."""
    ids = keras.Input((1,), dtype="int32")
    table = WordEmbedding(50, 8)
    model = keras.Model(ids, keras.layers.Flatten()(table(ids)))
    if optimiser is not None:
        model.compile(optimiser(), "mse")
        model.train_on_batch(np.int32([[3], [4]]), np.zeros((2, 8), "float32"))
    beside = model.optimizer.variables if optimiser is not None else []
    return 50 * 8, [weight for weight in [*model.weights, *beside] if math.prod(weight.shape) > 1]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_bytes_of_a_number_are_those_that_a_training_holds(name):
    numbers, held = step_of(OPTIMISERS[name])
    assert bytes_a_number(name) * numbers == sum(weight.numpy().nbytes for weight in held)
    assert bytes_a_number("`LazyAdam`") == 12 and bytes_a_number("`LazyAdagrad`") == 8


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("ids", "width"), [(10_000, 16), (2310, 8)])
def test_numbers_of_a_table_are_those_that_the_network_has(table, ids, width):
    inputs = keras.Input((1,), dtype="int32")
    kind = table.strip("`")
    if kind == "a row for each id":
        model = keras.Model(inputs, WordEmbedding(ids, width)(inputs))
    else:
        model = keras.Model(inputs, smaller_table(kind, "item", Categorical(ids), width, "item")(inputs))
    assert numbers_of(table, ids, width) == model.count_params()


def test_measured_bytes_are_the_slope_of_the_last_two_sizes():
    points = {"1000": {"memory": 0.0}, "1000000": {"memory": 300.0}, "3000000": {"memory": 500.0}}
    assert measured_bytes(points) == pytest.approx(200 * 2**20 / 2e6)


def test_workers_share_what_one_cannot_hold():
    assumed = Assumptions(memory=48e9)
    assert [workers_for(size, assumed) for size in (1, 48e9, 48e9 + 1, 192e9)] == [1, 1, 2, 4]


class Ring:
    """Workers in a ring that count what each of them has sent to its neighbour."""

    def __init__(self, workers):
        self.workers, self.sent, self.messages = workers, [0] * workers, [0] * workers

    def pass_on(self, parts):
        """Each gives its part to the next; what each has received, by worker."""
        for worker, part in enumerate(parts):
            self.sent[worker] += part.nbytes
            self.messages[worker] += 1
        return [parts[worker - 1] for worker in range(self.workers)]


def all_reduced(ring, arrays):
    """The sum of the arrays on every worker, chunk after chunk around the ring."""
    n = ring.workers
    chunks = [list(np.split(array.copy(), n)) for array in arrays]
    for turn in range(n - 1):
        received = ring.pass_on([chunks[w][(w - turn) % n] for w in range(n)])
        for w in range(n):
            chunks[w][(w - turn - 1) % n] = chunks[w][(w - turn - 1) % n] + received[w]
    for turn in range(n - 1):
        received = ring.pass_on([chunks[w][(w + 1 - turn) % n] for w in range(n)])
        for w in range(n):
            chunks[w][(w - turn) % n] = received[w]
    return [np.concatenate(one) for one in chunks]


def all_gathered(ring, arrays):
    """The arrays of all on every worker, in the order of the workers."""
    n = ring.workers
    known = [{w: arrays[w]} for w in range(n)]
    for turn in range(n - 1):
        received = ring.pass_on([known[w][(w - turn) % n] for w in range(n)])
        for w in range(n):
            known[w][(w - turn - 1) % n] = received[w]
    return [np.stack([one[w] for w in range(n)]) for one in known]


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_a_ring_sends_what_the_formulas_say(workers):
    arrays = list(np.random.default_rng(workers).normal(size=(workers, 24)).astype("float32"))
    ring = Ring(workers)
    for summed in all_reduced(ring, arrays):
        np.testing.assert_allclose(summed, np.sum(arrays, axis=0), atol=1e-5)
    foreseen = ring_all_reduce(workers, 24 * 4)
    assert set(ring.sent) == {round(foreseen.size)} and set(ring.messages) == {foreseen.messages}

    ring = Ring(workers)
    for gathered in all_gathered(ring, arrays):
        np.testing.assert_array_equal(gathered, arrays)
    foreseen = ring_all_gather(workers, 24 * 4)
    assert set(ring.sent) == {round(foreseen.size)} and set(ring.messages) == {foreseen.messages}


def test_sharded_rows_come_from_their_owners_and_their_gradients_go_back():
    """A step of a sharded table by both ways: what each worker sends, the rows it gets, and the table that is left."""
    n, width, assumed = 4, 2, Assumptions(rows=40, width=2, ids=8, batch=1)
    draw = np.random.default_rng(0)
    table = draw.normal(size=(40, width)).astype("float32")
    # All ids differ, and each worker asks every owner, row number modulo n, for two of its rows.
    asked = np.stack([[(2 * w + turn) * n + owner for turn in (0, 1) for owner in range(n)] for w in range(n)])
    asked = asked.astype("int32")
    gradients = draw.normal(size=(n, 8, width)).astype("float32")
    whole = table.copy()
    whole[asked.ravel()] -= gradients.reshape(-1, width)

    ring, shards = Ring(n), [table[owner::n].copy() for owner in range(n)]
    ids = np.sort(all_gathered(ring, list(asked))[0].ravel())
    own = [ids % n == owner for owner in range(n)]
    known = [np.where(own[w][:, None], table[ids], 0).astype("float32").ravel() for w in range(n)]
    rows = [one.reshape(-1, width) for one in all_reduced(ring, known)]
    sent_back = np.zeros((n, len(ids), width), "float32")
    for w in range(n):
        places = np.searchsorted(ids, asked[w])
        np.testing.assert_array_equal(rows[w][places], table[asked[w]])
        sent_back[w, places] = gradients[w]
    for w, total in enumerate(all_reduced(ring, [one.ravel() for one in sent_back])):
        shards[w][ids[own[w]] // n] -= total.reshape(-1, width)[own[w]]
        np.testing.assert_allclose(shards[w], whole[w::n], atol=1e-6)
    foreseen = exchanges(n, assumed, dense=0.0)
    # The other weights, of which there are none here, are a message for each turn of the ring all the same.
    others = ring_all_reduce(n, 0.0).messages
    assert set(ring.sent) == {round(foreseen["sharded, rows summed"].size)}
    assert set(ring.messages) == {foreseen["sharded, rows summed"].messages - others}

    sent = np.zeros(n)
    for worker, owner in itertools.permutations(range(n), 2):
        mine = asked[worker] % n == owner
        sent[worker] += asked[worker][mine].nbytes + gradients[worker][mine].nbytes
        sent[owner] += table[asked[worker][mine]].nbytes
    assert set(sent) == {foreseen["sharded, rows asked for"].size}


def test_what_is_mirrored_is_summed_and_other_weights_in_every_way():
    assumed = Assumptions(rows=100, width=4, ids=3, batch=2)
    without, with_others = (exchanges(8, assumed, dense) for dense in (0.0, 80.0))
    assert without["mirrored, dense gradients"].size == pytest.approx(2 * 7 / 8 * 100 * 16)
    assert without["mirrored, gradients of rows"].size == 7 * 6 * (4 + 16)
    for way, exchange in without.items():
        assert with_others[way].size == pytest.approx(exchange.size + 2 * 7 / 8 * 80)
    # 7 to gather or to ask once, 14 to sum once.
    assert [exchange.messages for exchange in without.values()] == [28, 28, 49, 35]
    assert all_to_all(8, 80).size == 70


def test_time_of_an_exchange():
    exchange = ring_all_reduce(5, 1e9)
    assert exchange.seconds(gigabits=10, latency=1e-3) == pytest.approx(1.6e9 * 8 / 1e10 + 8e-3)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_slowest_of_some_is_the_mean_over_all_draws(workers):
    samples = [0.3, 0.1, 0.7, 0.2, 0.2]
    drawn = [max(one) for one in itertools.product(samples, repeat=workers)]
    assert expected_slowest(samples, workers) == pytest.approx(np.mean(drawn))


def test_times_as_long_is_that_of_a_simulated_training():
    work, checkpoint, between, restart, intervals = 50.0, 5.0, 200.0, 10.0, 20_000
    draw = np.random.default_rng(0)
    total = 0.0
    for _ in range(intervals):
        needed = work + checkpoint
        while (until := draw.exponential(between)) < needed:
            total += until
            needed = restart + work + checkpoint
        total += needed
    # The model counts a restart at the start, too: every interval begins as if behind a failure.
    assert times_as_long(work, checkpoint, between, 0.0) <= total / (intervals * work)
    assert times_as_long(work, checkpoint, between, restart) == pytest.approx(total / (intervals * work), rel=0.05)


def test_young_s_interval_loses_hardly_more_than_the_best():
    checkpoint, between = 30.0, 50_000.0
    intervals = np.linspace(200, 10_000, 2000)
    lost = [times_as_long(work, checkpoint, between, 600.0) - 1 for work in intervals]
    young = young_interval(checkpoint, between)
    assert young == pytest.approx(math.sqrt(2 * 30 * 50_000))
    assert young == pytest.approx(intervals[np.argmin(lost)], rel=0.05)
    assert times_as_long(young, checkpoint, between, 600.0) - 1 == pytest.approx(min(lost), rel=0.01)


def test_a_worker_fails_as_often_as_one_of_the_accelerators_that_were_counted():
    assumed = Assumptions(failures=10, days=20, accelerators=100)
    assert assumed.worker_failure_seconds == 200 * 86_400
    assert ASSUMED.worker_failure_seconds / 86_400 == pytest.approx(2111.5, abs=0.1)


def test_the_first_workers_that_break_something():
    assert first_workers(lambda workers: workers * 3 > 20) == 7
    assert first_workers(lambda workers: True) == 2
    assert first_workers(lambda workers: False) is None
