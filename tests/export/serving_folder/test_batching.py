import shutil

import pytest
import tensorflow as tf
from export.serving_folder.conftest import save

from multimodal_zoo.export.in_graph_batching import InGraphBatching, batched
from multimodal_zoo.export.serving_folder import Batching, ServingFolderError, write_serving_folder
from multimodal_zoo.export.serving_folder.batching import batching_parameters, require_equal_shapes
from multimodal_zoo.export.serving_folder.protos import declared, parse_text, text_of


def test_every_parameter_stands_in_the_text():
    message = batching_parameters(Batching(8, 1500, 40, 2, (1, 4, 8)))
    read = parse_text(text_of(message), declared("BatchingParameters"))
    assert read == message
    assert (read.max_batch_size.value, read.batch_timeout_micros.value) == (8, 1500)
    assert (read.max_enqueued_batches.value, read.num_batch_threads.value) == (40, 2)
    assert list(read.allowed_batch_sizes) == [1, 4, 8]
    assert not read.pad_variable_length_inputs


def test_a_timeout_of_zero_is_written_and_not_left_to_the_server():
    assert "batch_timeout_micros {\n}" in text_of(batching_parameters(Batching(batch_timeout_micros=0)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_batch_size": 0}, "max_batch_size has to be at least 1, got 0"),
        ({"batch_timeout_micros": -1}, "batch_timeout_micros has to be at least 0, got -1"),
        ({"max_enqueued_batches": 0}, "max_enqueued_batches has to be at least 1, got 0"),
        ({"num_batch_threads": 0}, "num_batch_threads has to be at least 1, got 0"),
        ({"max_batch_size": 16}, r"ascend .* to max_batch_size \(16\), got \(1, 2, 4, 8, 16, 32\)"),
        ({"allowed_batch_sizes": (2, 1, 32)}, r"got \(2, 1, 32\)"),
        ({"allowed_batch_sizes": (0, 32)}, r"got \(0, 32\)"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ServingFolderError, match=message):
        Batching(**settings)


def test_lists_of_any_length_are_batched_only_where_clients_send_equal_ones(exports, tmp_path):
    lists = shutil.copytree(exports / "lists", tmp_path / "films" / "1")
    expected = r"'genres' of films, version 1, signature 'serving_default', has the shape \(None, None\).*batching=None"
    with pytest.raises(ServingFolderError, match=expected):
        require_equal_shapes({"films": [lists]}, Batching())
    with pytest.raises(ServingFolderError, match=expected):
        write_serving_folder(tmp_path, ["films"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films"]
    require_equal_shapes({"films": [lists]}, Batching(equal_shapes=True))


def test_one_string_or_fixed_numbers_a_row_are_batched(exports):
    require_equal_shapes({"lengths": [exports / "lengths"], "texts": [exports / "texts"]}, Batching())


def test_a_model_that_batches_in_its_graph_is_not_batched_again(exports, tmp_path):
    spec = tf.TensorSpec([None, 2], tf.float32)
    function = batched(lambda raw: raw["x"], {"x": spec}, InGraphBatching())
    save(tmp_path / "ages" / "7", {"x": spec}, lambda raw: {"y": function(raw)})
    shutil.copytree(exports / "texts", tmp_path / "texts" / "1")
    with pytest.raises(ServingFolderError, match="ages, version 7, batches inside its graph.*batching=None"):
        write_serving_folder(tmp_path, ["texts", "ages"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ages", "texts"]
    names = {path.name for path in write_serving_folder(tmp_path, ["texts", "ages"], batching=None)}
    assert "models.config" in names and "batching.config" not in names
    assert "batching.config" in {path.name for path in write_serving_folder(tmp_path, ["texts"])}
