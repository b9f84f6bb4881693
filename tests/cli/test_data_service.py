"""`data-service` as a process of its own, that a trainer in this one takes its batches from."""

import functools
import os
import signal
import subprocess
import sys

import numpy as np
from training.diagnosis import records

from multimodal_zoo.modalities import Image
from multimodal_zoo.training.data_service import batches_of_services
from multimodal_zoo.training.pipeline import prepare, training_batches

MODALITIES = {"image": Image(8, 8, 1, noise=0.2)}


def test_it_serves_until_it_is_interrupted():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "multimodal_zoo", "data-service"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        try:
            address = service.stdout.readline().strip()
            prepared = prepare(records(16, 0), MODALITIES)
            part_of = functools.partial(
                training_batches, prepared, MODALITIES, batch_size=8, seed=3, with_presence=False
            )
            served = batches_of_services(lambda part, parts: part_of(part=part, parts=parts), prepared, [address])
            for (inputs, _), (expected, _) in zip(served.take(3), part_of().take(3), strict=True):
                np.testing.assert_array_equal(inputs["image"], expected["image"])
            service.send_signal(signal.SIGINT)
            assert service.wait(60) == 0
        finally:
            service.kill()


def test_what_is_no_address_fails(zoo, tmp_path):
    words = ["--data", "synthetic-clicks", "--out", tmp_path / "out", "--epochs", "1", "--data-service", "host:5000"]
    run = zoo("train", "deepfm", *words)
    assert run.code == 1
    assert "The address of a data service is like 'grpc://host:5000', got 'host:5000'." in run.err
