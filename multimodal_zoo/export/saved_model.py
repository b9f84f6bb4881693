"""Freeze a bundle into one SavedModel: raw bytes and strings in, labelled answer out, stock TensorFlow enough."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.export.generated import generated_by, with_png
from multimodal_zoo.export.golden_requests import raw_inputs, write_golden_requests
from multimodal_zoo.export.in_graph_batching import InGraphBatching, batched
from multimodal_zoo.export.search_index import SearchIndex
from multimodal_zoo.export.serving_folder.warm_up import write_warm_up
from multimodal_zoo.export.shapley import MOST_MODALITIES, shapley_matrix, subsets
from multimodal_zoo.modalities import EXAMPLES, Decoded, Tensors, of_fixed_shape, parse_examples, raw_to_tensors
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.bundle import (
    Bundle,
    card_text,
    load_bundle,
    refuse_to_replace,
    write_manifest,
    written_beside,
)

SIGNATURES = ("serving_default", "embed", "explain", "generate", "tf_example", "tensors")
UNDECODABLE = "undecodable"
# A model server does not read it.
CARD = "assets.extra/card.md"


def signature_names(model: keras.Model) -> tuple[str, ...]:
    """The signatures of a network: `generate` where it can; with many modalities an explanation takes too long."""
    left_out = {"explain"} if len(model.modalities) > MOST_MODALITIES else set()
    if not generated_by(model):
        left_out.add("generate")
    return tuple(name for name in SIGNATURES if name not in left_out)


class ServedNetwork:
    """The functions behind the signatures, and the module that carries what they need."""

    def __init__(
        self,
        bundle: Bundle,
        in_graph_batching: InGraphBatching | None = None,
        index: SearchIndex | None = None,
        beam_width: int | None = None,
    ) -> None:
        self._bundle, self._index = bundle, index
        self._task = task_named(bundle.card.task)
        self._beam_width = self._task.beam_width if beam_width is None else beam_width
        outputs = self._task.said(bundle.answering)
        # What an answer is made of.
        self._said = tuple(outputs)
        outputs["joint"] = bundle.model.get_layer("joint").output
        generated = generated_by(bundle.model)
        outputs.update({f"generated_{name}": tensor for name, tensor in generated.items()})
        self._generated = tuple(generated)
        if index is not None:
            outputs["query"] = index.query_of(bundle)
            # A variable: it is written once, whatever refers to it, and lies with the weights and not in the graph.
            self._items = tf.Variable(index.vectors, trainable=False, name="index")
            self._nearest = index.nearest
        network = keras.Model(bundle.model.input, outputs)
        # Functions, so that the signatures call the same graphs and do not each write one of their own.
        self._network = tf.function(
            functools.partial(network, training=False), input_signature=[self._tensor_specs()], autograph=False
        )
        self._of_fixed_shape = tf.function(
            functools.partial(of_fixed_shape, bundle.modalities), input_signature=[self._raw_specs()], autograph=False
        )
        self._to_tensors = tf.function(
            functools.partial(raw_to_tensors, bundle.modalities), input_signature=[self._row_specs()], autograph=False
        )
        self._say: Callable[[Any], Any] = self._say_alone
        if in_graph_batching is not None:
            self._say = batched(self._say_alone, self._row_specs(), in_graph_batching)

    def artefact(self) -> tf.Module:
        """The network's variables, once, and the lookup tables.

        A plain module and not `keras.Model.export`: that one writes every weight twice and keeps no raw preprocessing.
        """
        module = tf.Module(name="served_network")
        module.weights = [variable.value for variable in self._bundle.model.variables]
        module.tables = [table for modality in self._bundle.modalities.values() for table in modality.tables()]
        if self._index is not None:
            module.index = self._items
        return module

    def _raw_specs(self) -> dict[str, tf.TensorSpec]:
        """What a request holds."""
        return {name: one.raw_spec(name) for name, one in self._bundle.modalities.items()}

    def _row_specs(self) -> dict[str, tf.TensorSpec | Decoded]:
        """What of a request can be put together with others: raw values, those of any length decoded."""
        tensors, there = self._tensor_specs(), tf.TensorSpec((None,), tf.bool)
        return {
            name: Decoded(tensors[name], there, there) if one.any_length else one.raw_spec(name)
            for name, one in self._bundle.modalities.items()
        }

    def _tensor_specs(self) -> dict[str, tf.TensorSpec]:
        """What the network itself takes."""
        specs = {
            name: tf.TensorSpec((None, *one.shape), one.dtype, name=name)
            for name, one in self._bundle.modalities.items()
        }
        if self._bundle.has_presence:
            specs[PRESENCE] = tf.TensorSpec((None, len(self._bundle.modalities)), tf.float32, name=PRESENCE)
        return specs

    def _inputs(self, content: dict[str, tf.Tensor], presence: tf.Tensor) -> dict[str, tf.Tensor]:
        return {**content, PRESENCE: presence} if self._bundle.has_presence else content

    def _read(self, raw: dict[str, tf.Tensor]) -> Tensors:
        return self._to_tensors(self._of_fixed_shape(raw))

    def _run(self, content: dict[str, tf.Tensor], presence: tf.Tensor) -> dict[str, Any]:
        return self._network(self._inputs(content, presence))

    def _run_without_absent(self, content: dict[str, tf.Tensor], presence: tf.Tensor) -> dict[str, Any]:
        """What the network says when what presence calls absent is zeros, for networks without that input, too."""
        seen = {}
        for column, (name, tensor) in enumerate(content.items()):
            there = tf.reshape(presence[:, column] > 0.5, [-1] + [1] * (len(tensor.shape) - 1))
            seen[name] = tf.where(there, tensor, tf.zeros_like(tensor))
        return self._run(seen, presence)

    def _answer(self, said: dict[str, Any]) -> dict[str, tf.Tensor]:
        """Name what the network says as its task does."""
        return self._task.answer(said, self._bundle.model, self._bundle.class_names, self._beam_width)

    def _answer_in_full(self, said: dict[str, Any]) -> dict[str, tf.Tensor]:
        """As `_answer`, with what most clients can do without."""
        return self._task.answer_in_full(said, self._bundle.model, self._bundle.class_names, self._beam_width)

    def _say_alone(self, rows: dict[str, tf.Tensor | Decoded]) -> tuple[dict[str, Any], tf.Tensor, tf.Tensor]:
        content, presence, undecodable = self._to_tensors(rows)
        said = self._run(content, presence)
        return {name: said[name] for name in self._said}, presence, undecodable

    def serve(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw values in; prediction, presence as understood, and what could not be decoded, out."""
        # The search for a text takes one core for a whole batch: each request has its own.
        said, presence, undecodable = self._say(self._of_fixed_shape(raw))
        return {**self._answer(said), PRESENCE: presence, UNDECODABLE: undecodable}

    def serve_examples(self, examples: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """As `serve`, from serialised `tf.train.Example`s."""
        return self.serve(parse_examples(self._bundle.modalities, examples[EXAMPLES]))

    def explain(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw values in; prediction, and the Shapley value of each modality, out.

        All subsets go through the network as one batch. A modality that a record lacks has the value 0: with and
        without it, the network sees the same.
        """
        content, presence, _ = self._read(raw)
        chosen = subsets(len(content))
        count, batch = len(chosen), tf.shape(presence)[0]
        # Subset after subset, each with the whole batch.
        masked = tf.reshape(chosen[:, None, :] * presence[None], [count * batch, len(content)])
        repeated = {name: tf.tile(tensor, [count] + [1] * (len(tensor.shape) - 1)) for name, tensor in content.items()}
        said = self._run_without_absent(repeated, masked)
        answers = tf.reshape(said["prediction"], [count, batch, *said["prediction"].shape[1:]])
        # The last subset is that of all.
        of_all = tf.nest.map_structure(lambda one: one[-batch:], said)
        values = tf.einsum("ms,s...->m...", tf.constant(shapley_matrix(len(content)), tf.float32), answers)
        contributions = {f"contribution_{name}": values[number] for number, name in enumerate(content)}
        return {
            **self._answer_in_full(of_all),
            "without_any": answers[0],
            **contributions,
            PRESENCE: presence,
        }

    def embed(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw values in; the fused representation, and presence as understood, out."""
        content, presence, _ = self._read(raw)
        return {"joint": self._run(content, presence)["joint"], PRESENCE: presence}

    def generate(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw values in; what the network generates from those that are there, and presence as understood, out."""
        content, presence, _ = self._read(raw)
        answers = self._run(content, presence)
        return {**with_png({name: answers[f"generated_{name}"] for name in self._generated}), PRESENCE: presence}

    def search(self, raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw values in; the nearest items of the index with their scores, and presence as understood, out."""
        content, presence, _ = self._read(raw)
        return {**self._nearest(self._run(content, presence)["query"], self._items), PRESENCE: presence}

    def tensors(self, tensors: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Preprocessed tensors in (and presence, where the network has it); prediction out."""
        content = {name: tensors[name] for name in self._bundle.modalities}
        return self._answer_in_full(self._run(content, tensors.get(PRESENCE)))

    def signatures(self) -> dict[str, Any]:
        """The signatures by name, each traced with its named inputs."""
        names = signature_names(self._bundle.model)
        return {name: self.signature(name) for name in (*names, *(("search",) if self._index is not None else ()))}

    def signature(self, name: str) -> Any:
        """One signature, traced."""
        functions = {
            "serving_default": (self.serve, self._raw_specs()),
            "embed": (self.embed, self._raw_specs()),
            "explain": (self.explain, self._raw_specs()),
            "generate": (self.generate, self._raw_specs()),
            "tf_example": (self.serve_examples, {EXAMPLES: tf.TensorSpec((None,), tf.string, name=EXAMPLES)}),
            "tensors": (self.tensors, self._tensor_specs()),
            "search": (self.search, self._raw_specs()),
        }
        return traced(*functions[name])


def traced(function: Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]], specs: dict[str, tf.TensorSpec]) -> Any:
    """Trace a function of a dict under the names that its specs carry."""
    names = {spec.name: name for name, spec in specs.items()}

    @tf.function(autograph=False)
    def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return function({names[key]: value for key, value in inputs.items()})

    return call.get_concrete_function(**{spec.name: spec for spec in specs.values()})


def export_bundle(
    bundle: Bundle | str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    warm_up: Iterable[Mapping[str, Any]] = (),
    in_graph_batching: InGraphBatching | None = None,
    index: SearchIndex | None = None,
    beam_width: int | None = None,
) -> Path:
    """Write a SavedModel that TF Serving loads and that needs neither Keras nor this package.

    Args:
        bundle: a bundle or the folder of one.
        to: folder of the version, such as `saved_models/deepfm/1`. Written beside and renamed; an earlier export there
            is replaced, any other folder is not.
        warm_up: up to 1000 real records, raw values by modality. They are stored in the export, readable by everyone
            who gets it: as warm-up requests for TF Serving, under the name of the folder above `to`, and beside the
            made-up golden requests that `check_artefact` replays.
        in_graph_batching: put simultaneous requests to `serving_default` and `tf_example` together inside the graph;
            a server that batches by itself is then told not to. None leaves batching to the server.
        index: a collection to be searched, see `index_records`; whoever gets the export can read its ids and vectors.
        beam_width: of the search for a transcript or a caption, 1 being greedy; None takes the one that
            `heads.ctc_search` or `heads.caption_search` has by default.

    Returns:
        The folder. Signatures:

        - `serving_default`: raw in; `labels` and `probabilities`, or `scores`, or `values`, or `pictures`, or
          `transcripts` or `captions` with `scores`, with `presence` and `undecodable` `(batch, modalities)`, out.
        - `embed`: raw in; `joint` out.
        - `explain` (up to 10 modalities): raw in; the prediction, `without_any` (the one with nothing present), and for
          each modality `contribution_<name>`, the exact Shapley value: they add up to prediction minus `without_any`.
        - `generate` (of a network that generates): raw in; `picture`, or each modality that the network decodes, out: a
          modality that was missing is filled in. Of pictures also the PNG, as `<name>_bytes`.
        - `tf_example`: `examples`, serialised `tf.train.Example`s, in; as `serving_default` out.
        - `tensors`: preprocessed in; the prediction out.
        - `search` (with an `index`): raw in; `ids` and `scores` `(batch, k)` of the nearest items, best first, out.
          Of a record with nothing in it all scores are those of the zero vector: look at `presence`.

        Beside them lie the card (`assets.extra/card.md`), golden requests and `manifest.json`, which names every file's
        sha256 and the data of the training with their licence.

        Inputs that carry bytes end in `_bytes`. Of a calibrated bundle all of these answers are calibrated, record by
        record at the temperature of what is there, those whose contributions `explain` gives, too: what a modality
        contributed is told of the answer that is served. `manifest.json` lists the temperatures.

    Raises:
        BundleError: `to` holds something else, or `bundle` is none.
        ValueError: the network has no layer `index.query_layer` that gives vectors, or of another width than the index;
            a network that writes text has no characters or words.
        ServingFolderError: there are more than 1000 records in `warm_up`.
        ImportError: `warm_up` is given and the extra `serving` is not installed.

    Example:
        >>> export_bundle("runs/diagnosis", "saved_models/lstnet_diagnosis/1")
    """
    if not isinstance(bundle, Bundle):
        bundle = load_bundle(bundle)
    to = Path(to)
    refuse_to_replace(to, "saved_model.pb")
    task = task_named(bundle.card.task)
    if task.beam_width is not None and not bundle.class_names:
        what = task.class_names_are
        raise ValueError(f"The bundle does not say which {what} it writes: train it on a data set with class_names.")
    served = ServedNetwork(bundle, in_graph_batching, index, beam_width)
    signatures = served.signatures()
    # Golden requests come one by one: in a queue for simultaneous ones each would wait until its time is up.
    answering = signatures["serving_default"]
    if in_graph_batching is not None:
        answering = ServedNetwork(bundle, beam_width=beam_width).signature("serving_default")
    records = list(warm_up)
    with written_beside(to) as new:
        tf.saved_model.save(served.artefact(), str(new), signatures=signatures)
        write_golden_requests(new, bundle.modalities, answering, records)
        if records:
            rows = [{name: raw[0] for name, raw in raw_inputs(bundle.modalities, one).items()} for one in records]
            write_warm_up(new, to.absolute().parent.name, rows)
        (new / CARD).write_text(card_text(bundle), encoding="utf-8")
        write_manifest(new, **data_of(bundle), **calibration_of(bundle))
    return to


def data_of(bundle: Bundle) -> dict[str, Any]:
    """What the manifest says of the data behind the weights: their name, licence, and whether they are made up."""
    data = bundle.metrics.get("data", {})
    told = {key: data[key] for key in ("name", "licence", "synthetic") if key in data}
    return {"data": told} if told else {}


def calibration_of(bundle: Bundle) -> dict[str, Any]:
    """What the manifest says of the calibration inside: the temperature by what is there."""
    temperatures = {there: figures["temperature"] for there, figures in bundle.calibration.items()}
    return {"calibration": temperatures} if temperatures else {}
