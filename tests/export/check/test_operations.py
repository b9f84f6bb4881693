"""What may be reached from where: models that read files, run Python or pass foreign file names are refused."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from multimodal_zoo.export.check import Outcome
from multimodal_zoo.export.check.operations import check_operations, check_text_operations
from multimodal_zoo.export.saved_model_file import read_saved_model


def refusal(folder):
    check = check_operations(read_saved_model(folder))
    assert check.outcome == Outcome.FAILED, check.reason
    return check.reason


def rewrite(folder, change):
    """Change the message in `saved_model.pb`."""
    path = folder / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(message.meta_graphs[0])
    path.write_bytes(message.SerializeToString())


def test_an_honest_export_passes(exported):
    check = check_operations(read_saved_model(exported))
    assert check.outcome == Outcome.PASSED, check.reason
    assert "all on the list" in check.reason


def test_reading_a_file(saved):
    folder = saved(lambda text: tf.map_fn(tf.io.read_file, text))
    message = refusal(folder)
    assert "signature 'serving_default' reaches ReadFile (node " in message
    assert "which reads files" in message


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (lambda text: tf.py_function(lambda one: one, [text], tf.string), "EagerPyFunc"),
        (lambda text: tf.numpy_function(np.copy, [text], tf.string), "PyFunc"),
        (
            lambda text: tf.data.TextLineDataset(text).reduce("", lambda whole, line: whole + line)[None],
            "TextLineDataset",
        ),
        (lambda text: tf.io.matching_files(text), "MatchingFiles"),
        (lambda text: tf.random.uniform([1]), "RandomUniform"),
    ],
)
def test_what_is_not_on_the_list(saved, function, operation):
    assert f"signature 'serving_default' reaches {operation} (node " in refusal(saved(function))


def test_what_hangs_on_a_control_input_alone(saved):
    def printed(text):
        with tf.control_dependencies([tf.print(text, output_stream="file:///tmp/stolen")]):
            return tf.identity(text)

    assert "reaches PrintV2" in refusal(saved(printed))


def test_in_a_branch_and_in_the_map_of_a_pipeline(saved):
    def branch(text):
        return tf.cond(tf.size(text) > 3, lambda: tf.io.read_file(text[0]), lambda: text[0])[None]

    def pipeline(text):
        return tf.data.Dataset.from_tensor_slices(text).map(tf.io.read_file).batch(9).reduce(text, lambda _, one: one)

    assert "reaches ReadFile" in refusal(saved(branch, name="1"))
    assert "reaches ReadFile" in refusal(saved(pipeline, name="2"))


def test_a_request_that_changes_the_model(saved):
    module = tf.Module()
    module.count = tf.Variable(0)
    assert "reaches AssignAddVariableOp" in refusal(
        saved(lambda text: tf.fill(tf.shape(text), module.count.assign_add(1)), module)
    )


def test_a_function_that_only_python_could_call(tmp_path):
    module = tf.Module()
    module.double = tf.function(lambda text: text + text, input_signature=[tf.TensorSpec([None], tf.string)])
    module.peep = tf.function(tf.io.read_file, input_signature=[tf.TensorSpec([], tf.string)])
    signature = module.double.get_concrete_function()
    tf.saved_model.save(module, str(tmp_path / "1"), {"serving_default": signature})
    message = refusal(tmp_path / "1")
    assert "what is loaded in Python reaches ReadFile" in message
    assert "signature" not in message


def test_restoring_and_saving_are_allowed_only_where_tensorflow_puts_them(version):
    def restores_for_an_answer(meta):
        signature = meta.signature_def["serving_default"]
        next(iter(signature.outputs.values())).name = f"{meta.saver_def.restore_op_name}:0"

    rewrite(version, restores_for_an_answer)
    assert "signature 'serving_default' reaches RestoreV2" in refusal(version)


def test_an_initialiser_that_writes(version):
    def writes(meta):
        meta.signature_def["__saved_model_init_op"].outputs[
            "__saved_model_init_op"
        ].name = meta.saver_def.save_tensor_name

    rewrite(version, writes)
    assert "the initialiser reaches SaveV2" in refusal(version)


def test_restoring_from_another_checkpoint(version):
    def elsewhere(meta):
        (call,) = [one for one in meta.graph_def.node if one.name == meta.saver_def.restore_op_name]
        stolen = meta.graph_def.node.add(name="stolen", op="Const")
        stolen.attr["value"].tensor.CopyFrom(tf.make_tensor_proto("/etc/other"))
        call.input[0] = "stolen"

    rewrite(version, elsewhere)
    assert "RestoreV2 (node RestoreV2 in function __inference__traced_restore" in refusal(version)
    assert "is given a file name that is not that of a file of this model" in refusal(version)


def vocabulary(folder):
    """A module with a lookup table out of a text file, and a function that looks up in it."""
    file = folder / "words.txt"
    file.write_text("clear\nlungs\n")
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            str(file),
            *(tf.string, tf.lookup.TextFileIndex.WHOLE_LINE),
            *(tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER),
        ),
        -1,
    )
    return module


def test_a_vocabulary_out_of_an_asset_passes(saved, tmp_path):
    module = vocabulary(tmp_path)
    folder = saved(module.table.lookup, module)
    assert (folder / "assets" / "words.txt").is_file()
    check = check_operations(read_saved_model(folder))
    assert check.outcome == Outcome.PASSED, check.reason


def test_a_vocabulary_out_of_another_file(saved, tmp_path):
    module = vocabulary(tmp_path)
    folder = saved(module.table.lookup, module)
    rewrite(folder, lambda meta: meta.ClearField("asset_file_def"))
    assert "InitializeTableFromTextFileV2" in refusal(folder)


def test_a_vocabulary_whose_place_is_taken_from_a_variable_that_was_restored(saved, tmp_path):
    module = vocabulary(tmp_path)
    folder = saved(module.table.lookup, module)

    def without_order(meta):
        for one in meta.graph_def.node:
            if one.op == "ReadVariableOp":
                del one.input[1:]

    rewrite(folder, without_order)
    assert "InitializeTableFromTextFileV2" in refusal(folder)


def test_an_initialiser_that_changes_a_variable(saved, tmp_path):
    module = vocabulary(tmp_path)
    folder = saved(module.table.lookup, module)

    def another(meta):
        (assign,) = [one for one in meta.graph_def.node if one.op == "AssignVariableOp"]
        other = meta.graph_def.node.add()
        other.CopyFrom(assign)
        other.name = "again"
        other.input[1] = "Const"
        (start,) = meta.collection_def["saved_model_main_op"].node_list.value
        next(one for one in meta.graph_def.node if one.name == start).input.append("^again")

    rewrite(folder, another)
    assert "AssignVariableOp (node again in the graph) is given a file name" in refusal(folder)


def test_a_vocabulary_that_only_python_takes_from_elsewhere(saved, tmp_path):
    module = vocabulary(tmp_path)
    folder = saved(module.table.lookup, module)

    def constant_for_asset(meta):
        for one in meta.object_graph_def.nodes:
            if one.WhichOneof("kind") == "asset":
                one.constant.operation = "Const"

    rewrite(folder, constant_for_asset)
    assert "is given a file name that is not that of a file of this model" in refusal(folder)


def test_a_table_in_memory_passes(saved):
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a"], [1]), -1)
    check = check_operations(read_saved_model(saved(module.table.lookup, module)))
    assert check.outcome == Outcome.PASSED, check.reason


def test_operations_of_tensorflow_text(saved):
    import tensorflow_text

    none = check_text_operations(read_saved_model(saved(tf.strings.lower, name="1")))
    assert (none.outcome, none.reason) == (Outcome.PASSED, "No operation of tensorflow_text is used.")

    words = saved(lambda text: tensorflow_text.WhitespaceTokenizer().tokenize(text).to_tensor(), name="2")
    served = check_text_operations(read_saved_model(words))
    assert served.outcome == Outcome.PASSED
    assert "TFText>WhitespaceTokenizeWithOffsetsV2" in served.reason
    assert check_operations(read_saved_model(words)).outcome == Outcome.PASSED

    trimmed = saved(
        lambda text: tensorflow_text.RoundRobinTrimmer(3).trim([tf.strings.split(text)])[0].to_tensor(), name="3"
    )
    refused = check_text_operations(read_saved_model(trimmed))
    assert refused.outcome == Outcome.FAILED
    assert refused.reason == "TF Serving is not known to have the tensorflow_text operation TFText>RoundRobinTrim."
