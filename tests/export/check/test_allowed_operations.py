"""The list itself: real operations, none twice, and none with a state of its own but the known ones."""

from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

from multimodal_zoo.export.check import allowed_operations as lists
from multimodal_zoo.export.check.text_operations import OTHERS, SERVED


def registered():
    described = op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    return {one.name: one for one in described.op}


def test_every_name_is_an_operation_of_tensorflow():
    known = registered()
    for one in (lists.ANSWERING, lists.STARTING, lists.RESTORING, lists.SAVING, lists.WHAT_IT_WOULD_DO):
        assert not set(one) - set(known)


def test_no_name_stands_in_two_groups():
    groups = [value.split() for name, value in vars(lists).items() if name.isupper() and isinstance(value, str)]
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names)) == len(lists.ANSWERING)


def test_what_has_a_state_is_control_flow_a_variable_a_table_or_a_pipeline_in_memory():
    known = registered()
    stateful = {name for name in lists.ANSWERING if known[name].is_stateful}
    assert stateful <= {
        *("Assert", "If", "Case", "While", "StatefulPartitionedCall"),
        *("VarHandleOp", "ReadVariableOp", "ResourceGather", "ResourceGatherNd"),
        *("HashTableV2", "LookupTableFindV2", "LookupTableSizeV2"),
        *("TensorDataset", "TensorSliceDataset", "RangeDataset", "ReduceDataset", "DatasetToSingleElement"),
    }


def test_nothing_that_would_do_harm_may_answer():
    assert not lists.ANSWERING & lists.WHAT_IT_WOULD_DO.keys()
    for word in ("File", "Py", "Print", "Save", "Restore", "Assign", "Import", "Insert", "Remote", "Recv", "Record"):
        assert not [name for name in lists.ANSWERING if word in name], word


def test_only_saving_writes_and_only_loading_reads():
    assert "SaveV2" not in lists.RESTORING | lists.STARTING
    assert "RestoreV2" not in lists.SAVING | lists.STARTING


def test_the_operations_of_tensorflow_text_are_all_known():
    before = set(registered())
    import tensorflow_text  # noqa: F401

    assert not SERVED & OTHERS
    # Imported by another test, they are registered already.
    assert set(registered()) - before <= SERVED | OTHERS <= set(registered())
