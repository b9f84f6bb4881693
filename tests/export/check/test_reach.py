"""Reach through inputs, calls, attributes, gradients and interfaces, on graphs written by hand."""

from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2

from multimodal_zoo.export.check.reach import Graph


def graph(*parts):
    """A graph of nodes and, in its library, functions and gradients."""
    nodes = "".join(part for part in parts if part.startswith("node"))
    library = "".join(part for part in parts if not part.startswith("node"))
    return Graph(text_format.Parse(f"{nodes} library {{ {library} }}", graph_pb2.GraphDef()))


def function(name, body, attributes=""):
    return f"function {{ signature {{ name: '{name}' }} {body} {attributes} }}\n"


def node(name, op, inputs=(), attribute=""):
    wired = " ".join(f"input: '{one}'" for one in inputs)
    return f"node {{ name: '{name}' op: '{op}' {wired} {attribute} }}\n"


def body(op, attribute=""):
    return f"node_def {{ name: 'inside' op: '{op}' {attribute} }}"


def types(operations):
    return sorted(one.type for one in operations)


def test_inputs_are_followed_and_control_inputs_too():
    found = graph(
        node("a", "Const"), node("b", "Neg", ["a:0"]), node("c", "NoOp", ["^b"]), node("far", "ReadFile")
    ).reached(["c"])
    assert types(found) == ["Const", "Neg", "NoOp"]
    assert str(next(one for one in found if one.type == "Neg")) == "Neg (node b in the graph)"


def test_a_call_by_name_and_functions_in_attributes_however_deep():
    deep = "func { name: 'one' attr { key: 'g' value { func { name: 'two' } } } }"
    found = graph(
        node("a", "direct"),
        node("b", "Case", ["a"], f"attr {{ key: 'branches' value {{ list {{ {deep} }} }} }}"),
        function("direct", body("Abs")),
        function("one", body("Sin")),
        function("two", body("PartitionedCall", "attr { key: 'f' value { func { name: 'three' } } }")),
        function("three", body("ReadFile")),
        function("unreached", body("WriteFile")),
    ).reached(["b:0"])
    assert types(found) == ["Abs", "Case", "PartitionedCall", "ReadFile", "Sin"]
    assert "in function three" in str(next(one for one in found if one.type == "ReadFile"))


def test_functions_that_call_each_other_end():
    both = graph(function("even", body("odd")), function("odd", body("even") + body("Neg")))
    assert types(both.reached([], ["even"])) == ["Neg"]


def test_the_gradient_and_other_implementations_count():
    same = "attr { key: 'api_implements' value { s: 'lstm' } }"
    found = graph(
        function("plain", body("Tanh"), same),
        function("fast", body("PyFunc"), same),
        function("other", body("WriteFile"), "attr { key: 'api_implements' value { s: 'gru' } }"),
        function("back", body("Sign")),
        "gradient { function_name: 'plain' gradient_func: 'back' }",
    ).reached([], ["plain"])
    assert types(found) == ["PyFunc", "Sign", "Tanh"]


def test_what_is_not_there_is_not_followed():
    assert graph(node("a", "Neg", ["gone"])).reached(["a", "nowhere"], ["nothing"])[0].type == "Neg"
