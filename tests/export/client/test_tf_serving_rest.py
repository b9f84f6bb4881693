"""The exact documents that go to TensorFlow Serving's REST interface and come from it."""

import math
import socket
import threading

import pytest
from export.client.http_server import Reply, ScriptedServer, json_reply

from multimodal_zoo.export.client import (
    Backoff,
    DeadlineExceeded,
    ModelNotFound,
    RecordError,
    RequestRefused,
    RestClient,
    ServerFailed,
    ServerUnreachable,
    Signature,
    TensorSpec,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.http_connections import error_text

MODEL = "/v1/models/diagnosis"
QUICK = Backoff(first=0.001)


def tensor(dtype, *sizes, unknown=False):
    dims = [{"size": str(size), "name": ""} for size in sizes]
    return {"dtype": dtype, "tensor_shape": {"dim": dims, "unknown_rank": unknown}, "name": "call_x:0"}


def metadata(**signatures):
    """As the server prints `GetModelMetadataResponse`: field names of the proto, 64-bit numbers as strings."""
    described = {
        name: {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict"}
        for name, (inputs, outputs) in signatures.items()
    }
    described["__saved_model_init_op"] = {
        "inputs": {},
        "outputs": {"__saved_model_init_op": tensor("DT_INVALID", unknown=True)},
        "method_name": "",
    }
    return {
        "model_spec": {"name": "diagnosis", "signature_name": "", "version": "3"},
        "metadata": {"signature_def": {"signature_def": described}},
    }


RAW = {
    "image_bytes": tensor("DT_STRING", -1),
    "report": tensor("DT_STRING", -1),
    "tags": tensor("DT_STRING", -1, -1),
    "age": tensor("DT_FLOAT", -1, 1),
}
METADATA = metadata(
    serving_default=(
        RAW,
        {
            "labels": tensor("DT_STRING", -1),
            "probabilities": tensor("DT_FLOAT", -1, 2),
            "presence": tensor("DT_FLOAT", -1, 4),
        },
    ),
    embed=(RAW, {"joint": tensor("DT_FLOAT", -1, 2)}),
    tensors=({"image": tensor("DT_FLOAT", -1, 1)}, {"probabilities": tensor("DT_FLOAT", -1, 2)}),
)
ANSWER = {
    "outputs": {
        "labels": ["krank", "gesünd"],
        "probabilities": [[0.25, 0.75], [0.5, 0.5]],
        "presence": [[1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.0]],
    }
}


def server(*replies, described=METADATA, path=MODEL):
    return ScriptedServer(
        {
            ("GET", f"{path}/metadata"): [json_reply(described)],
            ("POST", f"{path}:predict"): list(replies) or [json_reply(ANSWER)],
        }
    )


def client_of(one, **options):
    return RestClient(one.url, "diagnosis", **{"timeout": 5.0, "backoff": QUICK, **options})


def test_request_and_answer():
    records = [
        {"image_bytes": b"\xff\xd8\x00", "report": 'Lunge frei, né 🫀 "', "tags": ["a", "b"], "age": 41},
        {"report": "no image"},
    ]
    with server() as one, client_of(one) as client:
        answers = client.predict(records)
    assert one.paths() == [f"GET {MODEL}/metadata", f"POST {MODEL}:predict"]
    asked = one.asked[1]
    assert asked.headers["content-type"] == "application/json"
    assert asked.body.decode() == (
        '{"signature_name": "serving_default", "inputs": {'
        '"image_bytes": [{"b64": "/9gA"}, {"b64": ""}], '
        '"report": ["Lunge frei, né 🫀 \\"", "no image"], '
        '"tags": [["a", "b"], ["", ""]], '
        '"age": [[41.0], [NaN]]}}'
    )
    assert answers == [
        {"labels": "krank", "probabilities": [0.25, 0.75], "presence": [1.0, 1.0, 1.0, 1.0]},
        {"labels": "gesünd", "probabilities": [0.5, 0.5], "presence": [0.0, 1.0, 0.0, 0.0]},
    ]


def test_bytes_in_a_text_go_as_base64():
    with server() as one, client_of(one) as client:
        client.predict([{"report": b"\xff\xfe"}, {}])
    assert one.asked[1].json()["inputs"]["report"] == [{"b64": "//4="}, ""]


def test_an_only_output_comes_without_its_name():
    with server(json_reply({"outputs": [[0.5, -1.5]]})) as one, client_of(one) as client:
        assert client.predict([{"report": "x"}], signature_name="embed") == [{"joint": [0.5, -1.5]}]
        assert client.describe("embed").outputs == {"joint": TensorSpec("joint", "float32", (None, 2))}
    assert one.asked[1].json()["signature_name"] == "embed"


def test_numbers_that_are_none_and_base64_in_an_answer():
    described = metadata(
        serving_default=(
            {"report": tensor("DT_STRING", -1)},
            {"score": tensor("DT_FLOAT", -1), "map_bytes": tensor("DT_STRING", -1)},
        )
    )
    body = b'{ "outputs": { "score": [NaN, -Infinity], "map_bytes": [{ "b64": "/w==" }, { "b64": "" }] } }'
    with server(Reply(200, body), described=described) as one, client_of(one) as client:
        first, second = client.predict([{}, {}])
    assert math.isnan(first["score"])
    assert (second["score"], first["map_bytes"], second["map_bytes"]) == (-math.inf, b"\xff", b"")


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"version": 7}, "/v1/models/diagnosis/versions/7"),
        ({"label": "stable"}, "/v1/models/diagnosis/labels/stable"),
        ({"label": "a b/c"}, "/v1/models/diagnosis/labels/a%20b%2Fc"),
    ],
)
def test_version_and_label_stand_in_the_path(options, path):
    with server(path=path) as one, client_of(one, **options) as client:
        client.predict([{}, {}])
    assert one.paths() == [f"GET {path}/metadata", f"POST {path}:predict"]


def test_a_version_and_a_label_together_are_refused():
    with pytest.raises(ValueError, match=r"Give a version \(7\) or a label \('stable'\), not both"):
        RestClient("http://127.0.0.1:1", "m", version=7, label="stable")


@pytest.mark.parametrize("url", ["127.0.0.1:8501", "ftp://127.0.0.1", "http://"])
def test_a_url_without_scheme_or_host_is_refused(url):
    with pytest.raises(ValueError, match="Expected a URL such as"):
        RestClient(url, "m")


def test_headers_and_a_path_in_front():
    with server(path=f"/gate{MODEL}") as one:
        with RestClient(f"{one.url}/gate/", "diagnosis", headers={"Authorization": "Bearer x"}) as client:
            client.predict([{}, {}])
    assert [asked.headers["authorization"] for asked in one.asked] == ["Bearer x", "Bearer x"]


def test_the_server_describes_itself_once_and_the_connection_stays():
    with server() as one, client_of(one) as client:
        for _ in range(3):
            client.predict([{}, {}])
    assert one.paths() == [f"GET {MODEL}/metadata", *[f"POST {MODEL}:predict"] * 3]
    assert one.connections == 1


def test_a_connection_closed_while_idle_is_no_failure():
    with server(json_reply(ANSWER, hang_up=True)) as one, client_of(one, retries=0) as client:
        for _ in range(3):
            assert len(client.predict([{}, {}])) == 2
    assert one.connections == 3


def test_signatures_that_are_known_are_not_asked_for():
    spec = TensorSpec("report", "string", (None,))
    known = {"serving_default": Signature({"report": spec}, {"score": TensorSpec("score", "float32", (None,))})}
    with server(json_reply({"outputs": [0.5]})) as one, client_of(one, signatures=known) as client:
        assert client.predict([{"report": "a"}]) == [{"score": 0.5}]
    assert one.paths() == [f"POST {MODEL}:predict"]


def test_no_record_is_no_request():
    with server() as one, client_of(one) as client:
        assert client.predict([]) == []
    assert one.asked == []


def test_an_unknown_key_never_reaches_the_model():
    with server() as one, client_of(one) as client:
        with pytest.raises(RecordError, match="unknown key 'img'. The model takes: image_bytes, report, tags, age"):
            client.predict([{"img": b""}])
    assert one.paths() == [f"GET {MODEL}/metadata"]


def test_preprocessed_tensors_are_not_filled_in():
    with server() as one, client_of(one) as client:
        with pytest.raises(RecordError, match="Record 0 lacks image. This signature takes preprocessed tensors"):
            client.predict([{}], signature_name="tensors")


def test_an_unknown_signature_is_named_with_the_known_ones():
    with server() as one, client_of(one) as client:
        with pytest.raises(ModelNotFound) as caught:
            client.predict([{}], signature_name="explain")
    assert str(caught.value) == (
        "The model diagnosis has no signature 'explain'. It has: embed, serving_default, tensors."
    )


def test_an_unknown_model():
    text = "Servable not found for request: Latest(nope)"
    scripts = {("GET", "/v1/models/nope/metadata"): [json_reply({"error": text}, 404)]}
    with ScriptedServer(scripts) as one, RestClient(one.url, "nope", backoff=QUICK) as client:
        with pytest.raises(ModelNotFound, match=r"with 404: Servable not found for request: Latest\(nope\)"):
            client.predict([{}])
    assert len(one.asked) == 1


def test_a_refusal_is_not_tried_again_and_keeps_the_words():
    # The server escapes as C does, which JSON does not know.
    body = rb'{ "error": "Missing named input: report in \'inputs\' object: \303\251" }'
    with server(Reply(400, body), json_reply(ANSWER)) as one, client_of(one) as client:
        with pytest.raises(RequestRefused, match="with 400: Missing named input") as caught:
            client.predict([{}, {}])
        assert (caught.value.status, caught.value.text) == (400, "Missing named input: report in 'inputs' object: é")
        assert len(client.predict([{}, {}])) == 2
    # After a refusal the description is asked for again: a newer version may take something else.
    assert one.paths() == [f"GET {MODEL}/metadata", f"POST {MODEL}:predict"] * 2


@pytest.mark.parametrize("status", [401, 403, 409, 413])
def test_other_refusals(status):
    with server(Reply(status, b"<html>no</html>")) as one, client_of(one) as client:
        with pytest.raises(RequestRefused, match=f"with {status}: <html>no</html>") as caught:
            client.predict([{}, {}])
    assert (caught.value.status, len(one.asked)) == (status, 2)


@pytest.mark.parametrize("status", [500, 501])
def test_a_server_that_breaks_is_not_asked_again(status):
    with server(json_reply({"error": "Op failed"}, status)) as one, client_of(one) as client:
        with pytest.raises(ServerFailed, match=f"with {status}: Op failed") as caught:
            client.predict([{}, {}])
    assert (caught.value.status, caught.value.text, len(one.asked)) == (status, "Op failed", 2)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again(status):
    busy = json_reply({"error": "busy"}, status)
    with server(busy, busy, json_reply(ANSWER)) as one, client_of(one, retries=2) as client:
        assert [row["labels"] for row in client.predict([{}, {}])] == ["krank", "gesünd"]
    assert one.paths() == [f"GET {MODEL}/metadata", *[f"POST {MODEL}:predict"] * 3]
    assert len({asked.body for asked in one.asked[1:]}) == 1


def test_what_does_not_pass_is_unreachable():
    with server(json_reply({"error": "queue is full"}, 503)) as one, client_of(one, retries=2) as client:
        with pytest.raises(
            ServerUnreachable, match=r"answered 503 \(queue is full\), at the last of 3 attempts"
        ) as caught:
            client.predict([{}, {}])
    assert (caught.value.attempts, len(one.asked)) == (3, 4)


def test_the_wait_that_the_server_asks_for_may_be_too_long():
    busy = json_reply({"error": "busy"}, 429)
    busy.headers["Retry-After"] = "30"
    with server(busy) as one, client_of(one) as client:
        client.describe()
        client.timeout = 0.4
        with pytest.raises(DeadlineExceeded, match="attempt 2 of 4 would come too late"):
            client.predict([{}, {}])
    assert len(one.asked) == 2


def test_an_answer_that_breaks_off_is_tried_again():
    short = Reply(200, b'{"outputs"', {"Content-Length": "500"}, hang_up=True)
    with server(Reply(drop=True), Reply(drop=True), short, json_reply(ANSWER)) as one, client_of(one) as client:
        assert len(client.predict([{}, {}])) == 2
    # The first is on the connection of the description, and so counts as closed while idle.
    assert len(one.asked) == 5


def test_chunked_answers_are_read():
    with server(json_reply(ANSWER, chunked=True)) as one, client_of(one, retries=0) as client:
        for _ in range(2):
            assert [row["labels"] for row in client.predict([{}, {}])] == ["krank", "gesünd"]
    assert one.connections == 1


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with RestClient(f"http://127.0.0.1:{port}", "m", retries=2, backoff=QUICK) as client:
        with pytest.raises(ServerUnreachable, match="Connection refused.*at the last of 3 attempts") as caught:
            client.predict([{}])
    assert caught.value.attempts == 3


def test_the_deadline_covers_a_server_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with RestClient(url, "m", timeout=0.1, retries=5) as client:
            with pytest.raises(DeadlineExceeded, match="further attempts included, had 0.1 s"):
                client.predict([{}])


def test_the_deadline_covers_a_body_that_stalls():
    stall = threading.Event()
    with server(json_reply(ANSWER, stall=stall)) as one, client_of(one, retries=5) as client:
        client.describe()
        client.timeout = 0.3
        try:
            with pytest.raises(DeadlineExceeded):
                client.predict([{}, {}])
        finally:
            stall.set()
    assert len(one.asked) == 2


def test_attempts_end_with_the_deadline():
    with server(json_reply({"error": "busy"}, 503)) as one:
        with client_of(one, retries=1000, backoff=Backoff(first=0.05, factor=1.0)) as client:
            client.describe()
            client.timeout = 0.4
            with pytest.raises(DeadlineExceeded, match="the whole call, further attempts included, had 0.4 s"):
                client.predict([{}, {}])
    assert 2 < len(one.asked) < 20


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(200, b"<html>hello</html>"), "no JSON .*<html>hello</html>"),
        (Reply(200, b"[1]"), "expected a JSON object"),
        (json_reply({"predictions": [1, 2]}), "no 'outputs' but: predictions"),
        (
            json_reply({"outputs": [1, 2]}),
            "'outputs' is a list, expected an object with labels, probabilities, presence",
        ),
        (json_reply({"outputs": {"labels": ["one"]}}), "labels has 1 rows, expected one for each of the 2 records"),
    ],
)
def test_an_answer_of_another_kind_is_named(reply, message):
    with server(reply) as one, client_of(one) as client:
        with pytest.raises(UnreadableAnswer, match=message):
            client.predict([{}, {}])
    assert len(one.asked) == 2


def test_a_description_of_another_kind_is_named():
    with server(described={"metadata": {}}) as one, client_of(one) as client:
        with pytest.raises(UnreadableAnswer, match="is not as TensorFlow Serving writes it"):
            client.predict([{}])


def test_a_server_that_does_not_speak_http():
    def serve(listener):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"\x00\x00\x18\x04\x00 settings\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        with RestClient(f"http://127.0.0.1:{listener.getsockname()[1]}", "m", retries=0) as client:
            with pytest.raises(UnreadableAnswer, match="does not answer as HTTP does"):
                client.predict([{}])


def test_one_client_serves_many_threads():
    with server() as one, client_of(one) as client:
        rows = []
        threads = [threading.Thread(target=lambda: rows.append(client.predict([{}, {}]))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [row[1]["labels"] for row in rows] == ["gesünd"] * 8


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": "plain"}', "plain"),
        (rb'{ "error": "a \'b\' \"c\" \\ \n" }', "a 'b' \"c\" \\ \n"),
        (b"upstream is down\n", "upstream is down"),
        (b'{"detail": "x"}', '{"detail": "x"}'),
        (b"", ""),
        (b"\xff", "\ufffd"),
    ],
)
def test_the_servers_words(body, text):
    assert error_text(body) == text
