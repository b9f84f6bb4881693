"""What is refused with sharded tables, told before the training or in the place of a wrong answer."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.table_parts.parts_in_process import network_with_part

from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.optimizers import LazyAdam, optimizer_named, tables_apart
from multimodal_zoo.training.table_parts.part_checkpoints import refuse_other_workers, workers_of_tables
from multimodal_zoo.training.table_parts.refuse_with_parts import refuse_with_parts
from multimodal_zoo.training.table_parts.sharded_tables import refuse_whole, sharded_tables
from multimodal_zoo.training.table_parts.table_part import parameter_count, part_of


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (lambda: keras.optimizers.Adam(), "LazyAdam, LazyAdagrad or LazyFtrl; got Adam"),
        (lambda: tables_apart(keras.optimizers.SGD(), LazyAdam()), "got SGD"),
        (lambda: LazyAdam(gradient_accumulation_steps=2), "leave out accumulate"),
        (lambda: LazyAdam(use_ema=True), "use_ema=True averages all rows"),
        (lambda: keras.optimizers.LossScaleOptimizer(LazyAdam()), "use mixed_bfloat16 or float32"),
    ],
)
def test_an_optimiser_that_cannot_is_refused(optimizer, reason):
    model = network_with_part()
    model.compile(optimizer(), "mse")
    model.optimizer.build(model.trainable_variables)
    with pytest.raises(ValueError, match=reason):
        refuse_with_parts(model)


@pytest.mark.parametrize("optimizer", [lambda: LazyAdam(), lambda: tables_apart(LazyAdam(), keras.optimizers.SGD())])
def test_one_that_updates_rows_is_taken_and_remembers_as_many_as_lie_here(optimizer):
    model = network_with_part()
    model.compile(optimizer(), "mse")
    model.optimizer.build(model.trainable_variables)
    refuse_with_parts(model)
    moments = [one for one in model.optimizer.variables if "embeddings" in one.path]
    assert [one.shape[0] for one in moments] == [5, 5]


def test_auto_is_lazy_however_few_rows():
    assert type(optimizer_named("auto", 1e-3, network_with_part())).__name__ == "LazyAdam"


@pytest.mark.parametrize("what", ["regularizer", "constraint"])
def test_a_table_that_is_regarded_as_a_whole_is_refused(what):
    given = {"embeddings_regularizer": "l2"} if what == "regularizer" else {"embeddings_constraint": "non_neg"}
    layer = WordEmbedding(9, 4, name="item", **given)
    with pytest.raises(ValueError, match=f"table of item has a {what}"):
        refuse_whole(layer, regularizer=layer.embeddings_regularizer, constraint=layer.embeddings_constraint)


def test_a_look_up_outside_of_a_step_of_all_workers_says_where_the_rows_are():
    with pytest.raises(RuntimeError, match="lie on 2 workers, which have to look them up together"):
        network_with_part()(np.ones((2, 1), "int32"))


def test_a_step_that_computes_with_all_rows_is_refused():
    table = network_with_part().get_layer("table").embeddings
    product = tf.function(lambda vectors: tf.matmul(vectors, table, transpose_b=True))
    with pytest.raises(RuntimeError, match="the network reads all of them at once"):
        product(tf.ones((2, 4)))
    # What is kept and restored are values, and not a step.
    assert table.numpy().shape == (5, 4)


def test_the_numbers_in_all_rows_are_counted():
    model = network_with_part(rows=9)
    assert model.count_params() == 5 * 4 + 5
    assert parameter_count(model) == 9 * 4 + 5


def test_without_several_workers_tables_are_what_they_always_are():
    with sharded_tables(min_rows=1):
        table = WordEmbedding(9, 4)
        table.build()
    assert part_of(table.embeddings) is None
    assert table.embeddings.shape == (9, 4)


@pytest.mark.parametrize(
    ("before", "told"), [({"workers_of_tables": 3}, "at 3 workers"), ({}, "whole at every worker")]
)
def test_a_resume_with_other_workers_is_refused(tmp_path, before, told):
    model = network_with_part(workers=2)
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "settings.json").write_text(json.dumps(before))
    # Nothing is lost before there is a checkpoint.
    refuse_other_workers(tmp_path, model)
    (tmp_path / "checkpoint" / "000001-000000000.state").touch()
    with pytest.raises(ValueError, match=f"{told}, and now they are in parts at 2 workers.*Go on as it was begun"):
        refuse_other_workers(tmp_path, model)
    (tmp_path / "settings.json").write_text(json.dumps(workers_of_tables(model)))
    refuse_other_workers(tmp_path, model)
