"""What the page is answered, against the functions that answer everywhere."""

import asyncio
import base64
import dataclasses
import tempfile
import threading

import httpx2
import pytest
from demo.small_bundles import REPORT, diagnosis
from fastapi.testclient import TestClient

from multimodal_zoo.datasets import load_dataset
from multimodal_zoo.demo import app as app_module
from multimodal_zoo.demo.app import demo_app
from multimodal_zoo.demo.example_record import example_record
from multimodal_zoo.demo.sent_record import MOST_BYTES, MOST_TEXT_BYTES
from multimodal_zoo.explain import explain_record
from multimodal_zoo.explain.explanation_page import modality_section
from multimodal_zoo.training import predict_record

BASE = "http://127.0.0.1"
MODEL = {"model": "tiny"}


@pytest.fixture(scope="module")
def asked():
    return diagnosis()


@pytest.fixture(scope="module")
def client(asked):
    app = demo_app({"tiny": asked[0]}, "Said above.", ("127.0.0.1",))
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


def form(record):
    """A record as the page sends it."""
    return [
        (name, ("file", value) if isinstance(value, bytes) else (None, value.encode()))
        for name, value in record.items()
    ]


def refused(response):
    """What a refusal says: its words and nothing else."""
    assert list(response.json()) == ["error"]
    return response.status_code, response.json()["error"]


def test_the_page_knows_the_networks(client):
    told = client.get("/models").json()
    (one,) = told["models"]
    assert (told["note"], told["most_bytes"], one["model"]) == ("Said above.", MOST_BYTES, "tiny")
    assert (one["network"], one["task"], one["classes"]) == (
        "lstnet_diagnosis",
        "classification",
        ["clear", "diseased"],
    )
    assert [(field["name"], field["control"]) for field in one["modalities"]] == [
        ("image", "picture"),
        ("report", "text"),
    ]
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html") and "<h1>Ask a network</h1>" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    for name in ("page.js", "fields.js", "answer.js", "media.js"):
        assert "javascript" in client.get(name).headers["content-type"], name


@pytest.mark.parametrize("given", [("image", "report"), ("image",), ("report",)])
def test_the_answer_is_that_of_predict_record(asked, client, given):
    bundle, record = asked
    record = {name: record[name] for name in given}
    answer = client.post("/predict", params=MODEL, files=form(record))
    assert answer.json() == predict_record(bundle, record)
    assert [name for name, there in answer.json()["presence"].items() if there] == list(given)


def test_the_explanation_is_that_of_explain_record(asked, client):
    bundle, record = asked
    found = client.post("/explain", params={**MODEL, "target": "clear"}, files=form(record)).json()
    explanation = explain_record(bundle, record, target="clear")
    assert (found["target"], found["answer"]) == ("clear", pytest.approx(explanation.attributions.answer, abs=1e-6))
    assert found["shares"]["values"] == pytest.approx(explanation.shares.by_modality, abs=1e-6)
    total = found["answer"] - found["shares"]["without_any"]
    assert sum(found["shares"]["values"].values()) == pytest.approx(total, abs=1e-5)
    shown = {one["name"]: one for one in found["modalities"]}
    assert shown["image"]["html"] == modality_section(explanation, "image")
    assert ">zebra</span>" in shown["report"]["html"] and "<zebra>" not in shown["report"]["html"]
    values = [value for _, value in shown["image"]["parts"]]
    assert values == sorted(values, key=abs, reverse=True)
    assert refused(client.post("/explain", params={**MODEL, "target": "measles"}, files=form(record)))[0] == 404


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        ({}, 422, "A record is sent as a form"),
        ({"report": ""}, 422, "Nothing to answer: give at least one of image, report."),
        ({"image": b"This is no image.", "report": REPORT}, 422, "'image' could not be read: expected a JPEG, PNG,"),
        ({"image": "/etc/hostname"}, 422, "'image' takes a file, and got something else."),
        ({"sound": b"RIFF"}, 404, "Unknown modality 'sound'."),
        ({"image": bytes(MOST_BYTES)}, 413, "The record is too large: its files may have 20 MB in all."),
        ({"report": "a" * (MOST_TEXT_BYTES + 1)}, 413, "The text is too long: at most 1 MB are taken."),
    ],
)
def test_what_cannot_be_answered_is_told_in_words(client, record, code, message):
    status, said = refused(client.post("/predict", params=MODEL, files=form(record)))
    assert (status, said[: len(message)]) == (code, message)


def test_other_requests_are_refused_in_words_too(asked, client):
    known = form({"report": REPORT})
    assert refused(client.post("/predict", params={"model": "tny"}, files=known)) == (
        404,
        "Unknown model 'tny'. Did you mean 'tiny'? Known: tiny.",
    )
    assert refused(client.get("/example", params={**MODEL, "number": "first"}))[0] == 422
    assert refused(client.get("/nowhere")) == (404, "Not Found")
    # A page from elsewhere under a name of its own for this machine.
    assert client.get("/models", headers={"host": "elsewhere.example"}).status_code == 400
    no_form = client.post("/predict", params=MODEL, json={"report": REPORT})
    assert refused(no_form)[0] == 422


def test_what_nobody_foresaw_shows_no_stack(client, monkeypatch):
    def broken(bundle, record):
        raise RuntimeError("in the depths")

    monkeypatch.setattr(app_module, "predict_record", broken)
    status, said = refused(client.post("/predict", params=MODEL, files=form({"report": REPORT})))
    assert (status, "RuntimeError" in said, "in the depths" in said) == (500, True, False)


def test_a_large_file_is_not_written_to_the_disk(client, monkeypatch):
    def written(*arguments, **named):
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", written)
    status, said = refused(client.post("/predict", params=MODEL, files=form({"image": bytes(3 * 2**20)})))
    assert (status, "expected a JPEG" in said) == (422, True)


def test_networks_answer_one_at_a_time_and_the_page_does_not_wait_for_them(asked, monkeypatch):
    running, most, go_on = [], [], threading.Event()

    def slow(bundle, record):
        running.append(threading.current_thread().name)
        most.append(len(running))
        assert go_on.wait(60)
        running.pop()
        return {}

    monkeypatch.setattr(app_module, "predict_record", slow)

    async def several():
        transport = httpx2.ASGITransport(app=demo_app({"tiny": asked[0]}))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            posts = [
                asyncio.create_task(client.post("/predict", params=MODEL, files=form({"report": REPORT})))
                for _ in range(3)
            ]
            while not running:
                await asyncio.sleep(0.01)
            # The first is held up, and this is answered.
            page = await client.get("/models")
            go_on.set()
            return [page.status_code, *(one.status_code for one in await asyncio.gather(*posts))]

    assert asyncio.run(several()) == [200, 200, 200, 200]
    assert most == [1, 1, 1]


def test_the_example_is_one_of_the_test_split_where_the_data_are_here(asked):
    bundle, _ = asked
    on_data = dataclasses.replace(bundle, metrics={"data": {"name": "synthetic-diagnosis:default"}})
    data = load_dataset("synthetic-diagnosis")
    test = data.split("test")
    record, told = example_record(on_data, len(test) + 1)
    expected, label = test[1]
    assert record == expected
    assert told == f"Record 2 of the test split of synthetic-diagnosis:default. Its label: {data.class_names[label]}."


def test_a_made_up_example_can_be_asked(asked, client):
    bundle, _ = asked
    example = client.get("/example", params={**MODEL, "number": 4}).json()
    record = {name: modality.example(4) for name, modality in bundle.modalities.items()}
    assert example["told"].startswith("Made up at random")
    assert base64.b64decode(example["values"]["image"][0]["b64"]) == record["image"]
    assert example["values"]["report"] == record["report"]
    answer = client.post("/predict", params=MODEL, files=form(record)).json()
    assert answer == predict_record(bundle, record)
