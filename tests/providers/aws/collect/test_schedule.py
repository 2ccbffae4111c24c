"""The tree of work: everything runs once, in order where order was asked for, bounded, and an error ends it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from nhi_scan.providers.aws.schedule import Branch, Job, Schedule


def run(root: Branch, workers: int = 3, width: int = 2) -> None:
    with ThreadPoolExecutor(workers) as executor:
        Schedule(executor, width).run(root)


@pytest.mark.parametrize("workers", [1, 4])
def test_a_batch_is_done_before_the_next_begins_at_every_depth(workers: int) -> None:
    done: list[str] = []

    def job(name: str) -> Job:
        return lambda: done.append(name)

    def inner(name: str) -> Branch:
        for step in range(3):
            before = len([entry for entry in done if entry.startswith(f"{name}{step - 1}")])
            assert step == 0 or before == 4
            yield [job(f"{name}{step}") for _ in range(4)]

    def root() -> Branch:
        yield [inner("a"), job("x"), inner("b")]
        assert len(done) == 25
        yield []
        yield iter(())
        yield [inner("c")]

    run(root(), workers)
    assert sorted(done) == sorted([*(f"{n}{s}" for n in "abc" for s in range(3) for _ in range(4)), "x"])


def test_no_more_of_the_root_is_open_than_its_width() -> None:
    lock, state = threading.Lock(), {"open": 0, "most": 0}

    def account() -> Branch:
        with lock:
            state["open"] += 1
            state["most"] = max(state["most"], state["open"])
        yield [lambda: time.sleep(0.001) for _ in range(5)]
        with lock:
            state["open"] -= 1

    def root() -> Branch:
        yield (account() for _ in range(20))

    run(root(), workers=8, width=3)
    assert state == {"open": 0, "most": 3}


def test_jobs_are_made_as_they_are_needed() -> None:
    made, finished = 0, 0
    ahead = 0

    def jobs() -> Iterator[Job]:
        nonlocal made, ahead
        for _ in range(2000):
            made += 1
            ahead = max(ahead, made - finished)
            yield count

    def count() -> None:
        nonlocal finished
        finished += 1

    def root() -> Branch:
        yield jobs()

    run(root(), workers=1)
    assert finished == 2000
    assert ahead < 400


def test_the_first_error_ends_the_run() -> None:
    ran = 0

    def job() -> None:
        nonlocal ran
        ran += 1
        if ran == 3:
            raise ValueError("the disk is full")

    def root() -> Branch:
        yield (job for _ in range(5000))

    with pytest.raises(ValueError, match="the disk is full"):
        run(root(), workers=1)
    assert ran < 1000
