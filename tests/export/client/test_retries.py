import pytest

from multimodal_zoo.export.client.errors import DeadlineExceeded, ServerUnreachable
from multimodal_zoo.export.client.retries import Backoff, Deadline, Retries, TryAgain


class Clock:
    def __init__(self):
        self.now = 100.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def failing(times, clock=None, cost=0.0, after=0.0):
    tries = []

    def attempt():
        tries.append(1)
        if clock:
            clock.now += cost
        if len(tries) <= times:
            raise TryAgain("busy", after)
        return len(tries)

    return attempt, tries


def test_waits_double_up_to_the_most_and_are_jittered():
    backoff = Backoff(first=0.1, factor=2.0, most=0.5)
    assert [backoff.wait(number, lambda: 1.0) for number in range(4)] == pytest.approx([0.1, 0.2, 0.4, 0.5])
    assert [backoff.wait(number, lambda: 0.0) for number in range(4)] == pytest.approx([0.05, 0.1, 0.2, 0.25])
    assert len({backoff.wait(0) for _ in range(20)}) > 1


def test_an_attempt_that_succeeds_in_the_end():
    clock = Clock()
    attempt, _ = failing(2)
    retries = Retries(3, Backoff(first=1.0), clock.sleep)
    assert retries.call(attempt, Deadline(60.0, clock), "server") == 3
    assert [0.5 <= clock.slept[0] <= 1.0, 1.0 <= clock.slept[1] <= 2.0, len(clock.slept)] == [True, True, 2]


def test_every_attempt_fails():
    clock = Clock()
    attempt, tries = failing(99)
    with pytest.raises(ServerUnreachable, match="server: busy, at the last of 4 attempts. Is the server up") as caught:
        Retries(3, Backoff(), clock.sleep).call(attempt, Deadline(60.0, clock), "server")
    assert (len(tries), caught.value.attempts, len(clock.slept)) == (4, 4, 3)
    assert isinstance(caught.value, ConnectionError)


def test_without_retries_there_is_one_attempt():
    attempt, tries = failing(99)
    with pytest.raises(ServerUnreachable, match="at the only attempt"):
        Retries(0).call(attempt, Deadline(1.0), "server")
    assert len(tries) == 1


def test_no_wait_goes_beyond_the_deadline():
    clock = Clock()
    attempt, tries = failing(99, clock, cost=0.4)
    with pytest.raises(DeadlineExceeded, match="busy; attempt 3 of 6 would come too late: the whole call") as caught:
        Retries(5, Backoff(first=0.2, factor=1.0), clock.sleep).call(attempt, Deadline(1.0, clock), "server")
    assert (len(tries), clock.now <= 101.0) == (2, True)
    assert isinstance(caught.value, TimeoutError)


def test_the_server_may_ask_for_a_longer_wait():
    clock = Clock()
    attempt, _ = failing(1, after=7.0)
    Retries(1, Backoff(), clock.sleep).call(attempt, Deadline(60.0, clock), "server")
    assert clock.slept == [7.0]


def test_other_errors_are_not_retried():
    tries = []

    def attempt():
        tries.append(1)
        raise KeyError("other")

    with pytest.raises(KeyError):
        Retries(3).call(attempt, Deadline(1.0), "server")
    assert len(tries) == 1


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_needs_time(seconds):
    with pytest.raises(ValueError, match="above 0 seconds"):
        Deadline(seconds)


def test_retries_are_not_negative():
    with pytest.raises(ValueError, match="0 or more, got -1"):
        Retries(-1)
