"""Twenty processes of a training are killed, and nothing is lost."""

import json
import random

from training.own_process import run_in_own_process

KILLED = """
import sys
from pathlib import Path
from training.kill_again_and_again import main
main(Path(sys.argv[1]), kills=20, seed=int(sys.argv[2]))
"""


def test_a_training_killed_at_twenty_random_moments_ends_as_the_uninterrupted_one(tmp_path):
    # Other moments in each run of the tests; those of a failure are told.
    seed = random.SystemRandom().randrange(10**6)
    done = run_in_own_process(KILLED, str(tmp_path / "trainings"), str(seed), timeout=1200)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "layers/dense/vars/0" in found["differ"], "two trainings with other seeds differ"
    assert sum(len(story["killed"]) for story in found["stories"]) == 20
    assert not any(story["wrong"] for story in found["stories"]), (seed, found)
