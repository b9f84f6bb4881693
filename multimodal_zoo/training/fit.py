"""Fit a model of the zoo on raw records."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from multimodal_zoo import ONEDNN
from multimodal_zoo.monitoring import sketch_inputs
from multimodal_zoo.registry import PRESENCE, attach
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.adversarial import Adversary
from multimodal_zoo.training.adversarial_examples import AdversarialExamples
from multimodal_zoo.training.against_constant import against_constant
from multimodal_zoo.training.bundle import Bundle, json_ready
from multimodal_zoo.training.callbacks_of_fit import callbacks_of_fit
from multimodal_zoo.training.checkpoint import Checkpoint
from multimodal_zoo.training.chosen_way import chosen_way
from multimodal_zoo.training.class_weights import weights_of_classes
from multimodal_zoo.training.compile_for_task import compile_for_task
from multimodal_zoo.training.decoded_once import decoded_once, said_of
from multimodal_zoo.training.frozen_once import frozen_once, unvaried
from multimodal_zoo.training.judged_batches import judged_batches
from multimodal_zoo.training.keeper import keeper, require_known
from multimodal_zoo.training.learn_units import learn_units
from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.predict_split import replicas_of
from multimodal_zoo.training.prepared_splits import prepared_splits
from multimodal_zoo.training.recomputing import recomputing
from multimodal_zoo.training.rest_of_epoch import RestOfEpoch
from multimodal_zoo.training.resume import CHECKPOINT, claim, forget, work_folder
from multimodal_zoo.training.settings_of_fit import settings_of_fit
from multimodal_zoo.training.soft_targets import with_answers
from multimodal_zoo.training.solve_highway import solve_highway
from multimodal_zoo.training.splits import adapt, described, sketched_records, splits_of
from multimodal_zoo.training.strategies import require_trainable, scope_of
from multimodal_zoo.training.streamed import batches_of, explained, in_memory, left_out, steps_of
from multimodal_zoo.training.table_parts.part_checkpoints import (
    checkpoints_of_all,
    out_of_worker,
    refuse_other_workers,
)
from multimodal_zoo.training.way_of_learning import Course
from multimodal_zoo.training.workers import each_its_part, is_chief, minutes_between_checkpoints
from multimodal_zoo.training.written_bundle import write_bundle


def fit(
    model: keras.Model,
    data: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    epochs: int = 20,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    optimizer: str = "auto",
    seed: int = 0,
    patience: int = 5,
    monitor: str = "val_loss",
    keep: str = "best",
    class_weight: Mapping[int, float] | str | None = None,
    augment: bool = True,
    validate_missing: bool = False,
    linear_start: float | None = None,
    on_undecodable: str = "absent",
    soft_targets: tuple[np.ndarray, np.ndarray] | None = None,
    adversary: Adversary | None = None,
    adversarial: AdversarialExamples | None = None,
    own_words: float = 0.0,
    in_batch_negatives: str | None = None,
    blend: Mapping[str, float] | None = None,
    data_service: Sequence[str] = (),
    checkpoint_minutes: float = 15.0,
    accumulate: int = 1,
    steps_per_execution: int = 1,
    recompute: bool = False,
    jit_compile: bool | str = "auto",
    finish: Callable[[Bundle], Bundle] | None = None,
    after_epoch: Callable[[int, float], None] | None = None,
    profile: bool = False,
    verbose: int = 1,
) -> Bundle:
    """Fit a model of the zoo, keep its best epoch (or the mean of the late ones) and say how good it is.

    What the modalities learn from data (vocabularies, means) is learned from the training split first. Training goes
    on through `model.fit`; a model that was compiled before keeps its optimiser and loss. What a frozen encoder answers
    to a record is computed once, where nothing varies what it reads (`metrics["computed_once"]`); see `frozen_once`.
    Records of shards are decoded once for all epochs, onto the disk, where that is worth it
    (`metrics["decoded_once"]`); see `decoded_once`.

    Args:
        model: made by `create_model` or a builder.
        data: a `datasets.DataSet`, or a pair (training, validation) of `datasets.Records` or of `tf.data.Dataset`s
            of (dict of raw values, label). Of what `shards.load_shards` gives, the training split is read while it is
            used and does not lie in memory; the validation split does.
        out: a folder for the bundle. Beside it, `<out>-training` holds TensorBoard logs and, until the bundle is
            written, the checkpoint and what was decoded once: the same call after an interruption goes on from there,
            and ends as the uninterrupted one would have.
        epochs: most passes over the training split.
        batch_size: records per step, over all replicas of all workers.
        learning_rate: of the optimiser, the same for any number of replicas (see `scaled_learning_rate`); ignored when
            the model is compiled already.
        optimizer: "adam", "lazy_adam", whose steps cost the same however large the embedding tables are, ..., see
            `optimizer_named`; "auto" chooses between these two by the size of the tables. Ignored when the model is
            compiled already.
        seed: of the order of the records and of the augmentation.
        patience: epochs without a better `monitor` before training stops.
        monitor: "val_loss", "val_accuracy" of classes, "val_auc" of clicks, "val_recall_at_10" (among each batch of
            validation) of pairs, ...; a name with "loss" or "error" in it is to fall, others are to rise.
        keep: "best" keeps the epoch with the best `monitor`. "mean" runs all epochs and keeps the mean of the weights
            after each of the second half: for a last training on all that there is, when the number of epochs is known.
            "last" runs all epochs and keeps the last.
        class_weight: weight per class, or "balanced" for the inverse frequency.
        augment: whether the modalities' own augmentation is applied.
        validate_missing: `monitor` is taken over the validation split as it is and again without each modality, so that
            the epoch that is kept is good with one missing, too. The modality that is learned fastest overfits first;
            judged with everything there, training stops before the others have learned to do without it.
        linear_start: the linear path of the words starts from its solved logistic regression instead of zeros, with
            this strength of the L2 penalty; see `solve_highway`. Better where there are a few hundred texts.
        on_undecodable: "absent" or "skip", see `pipeline.prepare`.
        soft_targets: a teacher's answers `(records, outputs)` to the training and to the validation split. The loss
            that the model was compiled with gets them behind the labels, see `DistillationLoss`; figures are of the
            labels.
        adversary: a critic that the network tries to please beside its loss, trained in turns with it.
        adversarial: attacked copies of the records that are learned beside them; validation is of both, too. See
            `AdversarialExamples`.
        own_words: of a network that writes captions, for which the words before each place are those of the right
            caption: share of places, in [0, 1], where they are its own, risen to evenly over half of all epochs; see
            `with_words_before`.
        in_batch_negatives: of a network whose score is the inner product of the vectors of a user and an item: the
            modality that names the item, such as "item". It then learns from the records with the label 1 alone, by a
            softmax over the items of the batch that is corrected for how often each is drawn (Yi et al. 2019), and
            "val_loss" is that loss. Its answers rank; they are no probabilities.
        blend: how much the answers to each modality alone count beside that to all, by modality and "joint", such as
            `blending_weights` finds them. What is kept is judged by the answer to all.
        data_service: addresses of data services that make the training batches, for augmentation that is too heavy for
            the trainer's cores: the same batches in the same order, see `start_data_service`.
        checkpoint_minutes: with `out`, a checkpoint is written after each epoch, and within one after so many minutes;
            over several workers only after each epoch.
        accumulate: how many batches are added up before the weights move: what one batch so many times as large would
            do, in the memory of one, as far as nothing depends on the statistics of a batch. Not for a compiled model.
        steps_per_execution: steps in one call of TensorFlow, of which an epoch has to have a whole number. What lies
            between steps is a large part of the time of a small network. Progress is shown, and a checkpoint within an
            epoch written, only between calls. Not over several replicas, and not for a compiled model.
        recompute: whether the blocks of Transformers keep only what they were given, and compute again what the
            gradient needs (gradient checkpointing): less memory, more time, the same numbers.
        jit_compile: whether XLA compiles the step. "auto" does so on GPUs, where every layer allows it, and not on the
            CPU nor over several replicas; "measure" times a few steps by either way and does what is faster over the
            whole training, see `MeasuredJit`. `metrics["jit_compile"]` says what was done, `metrics["jit_measured"]`
            why.
        finish: is given the bundle before it is written, and gives back the one to write: with the figures of a test
            split in it, for one.
        after_epoch: is given, after each epoch, how many there were and the value of `monitor`; what it raises ends the
            training.
        profile: whether to measure where the time goes; it is in `metrics["profile"]` then, see `Profile.report`.
        verbose: 0 silent, 1 a progress bar over the whole training, 2 Keras' line per epoch.

    Returns:
        The bundle with the best weights; written to `out` if that is given. Of a model built within `sharded_tables`
        the one in `out` has whole tables, and the one that is returned answers while all workers ask it together.

    Raises:
        TypeError: the model was not made by a builder of the zoo.
        UnknownName: there is no such optimiser.
        ShardError: a shard is broken.
        ValueError: `keep` is no way to keep weights. Or an image or a sound is missing, or `validate_missing` asked
            for, and the model was built without `missing_modalities=True`. Or there are soft targets for another
            number of records, or beside class weights. Or `own_words` are asked of a network that writes no captions,
            or a critic is to read some. Or `in_batch_negatives` are asked of a network without two vectors, or
            together with `soft_targets`, `class_weight` or a critic. Or `blend` or `adversarial` does not go with the
            network, or with another way to learn. Or what needs all records in memory is asked of shards. Or
            `accumulate` or `steps_per_execution` is asked of a compiled model, `recompute` of a network without
            Transformer blocks, `jit_compile=True` or several steps per execution over several replicas, or a critic in
            mixed_float16. Or `steps_per_execution` does not divide the steps of an epoch. Or `jit_compile` is none of
            its values. Or the optimiser cannot update sharded tables, or an unfinished training had them at another
            number of workers.
        RuntimeError: with sharded tables, the workers have no checkpoint of the same epoch.
        StorageError: `out` cannot be written, or the disk is full; the last checkpoint is whole.

    Example:
        >>> data = load_dataset("synthetic-diagnosis")
        >>> model = create_model("lstnet_diagnosis", **data.modalities)
        >>> bundle = fit(model, data, out="runs/diagnosis", epochs=5)
    """
    if not hasattr(model, "modalities"):
        raise TypeError(
            "fit() takes a model made by create_model() or a builder of the zoo; this one has no modalities."
        )
    task = task_named(model.card.task)
    # Better known before the training than behind it.
    task.require_extras()
    require_trainable(model)
    require_known(keep)
    way = chosen_way(
        model,
        adversary=adversary,
        adversarial=adversarial,
        own_words=own_words,
        in_batch_negatives=in_batch_negatives,
        blend=blend,
        soft_targets=soft_targets,
        class_weight=class_weight,
    )
    started = time.monotonic()
    train_data, validation_data = splits_of(data)
    modalities = adapt(model.modalities, train_data)
    attach(model, modalities, model.card, model.builder_arguments)
    with_presence = PRESENCE in model.input
    if validate_missing and not with_presence:
        raise ValueError("validate_missing=True needs a model built with missing_modalities=True.")
    replicas = replicas_of(model)
    train, validation = prepared_splits(
        train_data,
        validation_data,
        modalities,
        with_presence=with_presence,
        replicas=replicas,
        on_undecodable=on_undecodable,
        linear_start=linear_start,
        soft_targets=soft_targets,
        in_batch_negatives=in_batch_negatives,
        data_service=data_service or None,
    )
    taught, judged = train, validation
    if soft_targets is not None:
        taught, judged = with_answers((in_memory(train), validation), soft_targets)
    if soft_targets is not None and class_weight is not None:
        raise ValueError("class_weight does not go together with soft_targets.")
    taught, judged = way.splits(taught, judged)
    steps = steps_of(taught, batch_size)
    if batch_size % replicas or min(len(taught), len(judged)) < replicas:
        raise ValueError(
            f"batch_size={batch_size} has to be a multiple of the {replicas} replicas it is shared by, and "
            "each split at least as large as their number."
        )
    with scope_of(model):
        learn_units(model, train.labels)
    if linear_start is not None:
        # A run that resumes takes its own weights back afterwards.
        solve_highway(model, in_memory(train), linear_start, weights_of_classes(class_weight, train.labels))
    compile_for_task(model, task, optimizer, learning_rate, accumulate, jit_compile, steps_per_execution, steps)
    learner, monitor = way.learner(model, seed), way.monitor(monitor)
    kept_weights = keeper(keep, monitor=monitor, patience=patience, epochs=epochs)
    kept = None
    # A network of its own class, such as one with a critic, is more than the graph that is cut.
    if isinstance(train, Prepared) and type(learner) is type(model) and replicas == 1 and not validate_missing:
        kept = frozen_once(learner, unvaried(modalities, train.content) if augment else modalities)
    if kept is not None:
        learner, taught, judged = kept.learner, kept.answers(in_memory(taught)), kept.answers(judged)
    learner.steps_per_execution = model.steps_per_execution
    if jit_compile != "auto":
        learner.jit_compile = jit_compile is True

    # Of several workers one writes, and with sharded tables each its part.
    chief = is_chief(model)
    with (
        contextlib.ExitStack() as until_fitted,
        recomputing(model, recompute),
        explained(train),
        work_folder(out_of_worker(out, model)) as work,
    ):
        refuse_other_workers(work, model)
        settings = settings_of_fit(
            model,
            modalities,
            train,
            validation,
            seed=seed,
            batch_size=batch_size,
            learning_rate=learning_rate,
            augment=augment,
            validate_missing=validate_missing,
            linear_start=linear_start,
            in_batch_negatives=in_batch_negatives,
            on_undecodable=on_undecodable,
            keep=keep,
            monitor=monitor,
            epochs=epochs,
            own_words=own_words,
            class_weight=class_weight,
            soft_targets=soft_targets,
            adversary=adversary,
            adversarial=adversarial,
            blend=blend,
        )
        claim(work, settings)
        minutes = minutes_between_checkpoints(model, checkpoint_minutes)
        checkpoint = Checkpoint(work and work / CHECKPOINT, learner, model, kept_weights, steps, minutes, started)
        with checkpoints_of_all(checkpoint.folder, model, resumable=out is not None) as folder, scope_of(model):
            checkpoint.restore(folder)
        first_epoch, first_step = checkpoint.epoch, checkpoint.step
        left = 0 if checkpoint.has_ended else epochs - first_epoch
        once = until_fitted.enter_context(decoded_once(train, work, left, verbose if chief else 0))
        callbacks = callbacks_of_fit(
            model,
            kept_weights,
            checkpoint,
            work,
            monitor=monitor,
            steps=steps,
            epochs=epochs,
            batch_size=batch_size,
            measure_jit=jit_compile == "measure" and replicas == 1,
            after_epoch=after_epoch,
            profile=profile,
            progress=verbose == 1,
        )
        batches = batches_of(
            taught,
            modalities,
            data_service=data_service,
            batch_size=batch_size,
            seed=seed,
            with_presence=with_presence,
            augment=augment,
            first_epoch=first_epoch,
            first_step=first_step,
            replicas=replicas,
        )
        validation_batches = judged_batches(
            judged,
            modalities if validate_missing else (),
            batch_size=batch_size,
            with_presence=with_presence,
            replicas=replicas,
        )
        course = Course(steps, epochs, first_epoch * steps + first_step, seed)
        batches, validation_batches = way.batches(batches, validation_batches, model, course)
        if first_step:
            # Keras makes its metrics when it first needs them, and theirs is the state that comes back.
            learner.evaluate(each_its_part(validation_batches.take(1), model), verbose=0)
            callbacks.all.insert(0, RestOfEpoch(first_epoch, steps - first_step, checkpoint.averages))
        learner.fit(
            each_its_part(batches, model),
            validation_data=each_its_part(validation_batches, model),
            epochs=epochs,
            steps_per_epoch=steps,
            initial_epoch=epochs if checkpoint.has_ended else first_epoch,
            class_weight=weights_of_classes(class_weight, train.labels),
            callbacks=callbacks.all,
            # The pipeline shuffles; Keras would warn that it cannot.
            shuffle=False,
            verbose=2 if verbose == 2 and chief else 0,
        )

    class_names = tuple(getattr(data, "class_names", ()))
    metrics = {
        "data": described(data),
        "seed": seed,
        "epochs": checkpoint.epoch,
        "best_epoch": kept_weights.best_epoch + 1,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "optimizer": type(model.optimizer).__name__,
        "onednn": ONEDNN._asdict(),
        "seconds": round(checkpoint.seconds, 1),
        "history": checkpoint.history,
        "jit_compile": bool(learner.jit_compile),
        "recompute": recompute,
        "computed_once": [] if kept is None else list(kept.encoders),
        **said_of(train, once),
        "undecodable": {"train": train.undecodable_counts(), "validation": validation.undecodable_counts()},
        **left_out(train=train_data, validation=validation_data),
        **against_constant(model, train, validation, class_names),
    }
    if adversarial is not None:
        metrics["adversarial"] = adversarial.settings()
    if callbacks.jit is not None:
        metrics["jit_measured"] = callbacks.jit.record
    if callbacks.profile is not None:
        metrics["profile"] = callbacks.profile.report()
    bundle = Bundle(
        model,
        modalities,
        class_names,
        model.card,
        metrics,
        json_ready(model.builder_arguments),
        sketch_inputs(modalities, sketched_records(train_data, modalities)),
    )
    if finish is not None:
        bundle = finish(bundle)
    if out is not None:
        write_bundle(bundle, out)
        forget(work)
    return bundle
