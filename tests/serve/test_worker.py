"""The thread of the model: what waits together is answered together, and nothing waits without end."""

import threading
import time

import pytest

from traindy.core.kept import Kept
from traindy.serve import worker
from traindy.serve.names import Names
from traindy.serve.worker import BusyError, Worker

LONG = 10.0


class Held:
    """Work that waits until it is let go, and remembers what was asked together."""

    def __init__(self):
        self.batches, self.going, self.started = [], threading.Event(), threading.Event()

    def __call__(self, asked):
        self.batches.append(list(asked))
        self.started.set()
        assert self.going.wait(LONG)
        return [2 * each for each in asked]


@pytest.fixture
def held():
    made = Held()
    yield made
    made.going.set()


def test_what_came_while_the_thread_was_busy_is_one_batch(held):
    asked = Worker(held, lambda: False)
    [first] = asked.put([1])
    assert held.started.wait(LONG)
    later = [asked.put([number])[0] for number in range(2, 6)]
    held.going.set()
    assert [each.result(LONG) for each in (first, *later)] == [2, 4, 6, 8, 10]
    assert held.batches == [[1], [2, 3, 4, 5]]


def test_a_batch_has_an_end(held, monkeypatch):
    monkeypatch.setattr(worker, "AT_ONCE", 3)
    asked = Worker(held, lambda: False)
    asked.put([0])
    assert held.started.wait(LONG)
    answers = asked.put(range(1, 8))
    held.going.set()
    assert [each.result(LONG) for each in answers] == [2, 4, 6, 8, 10, 12, 14]
    assert [len(batch) for batch in held.batches] == [1, 3, 3, 1]


def test_more_than_may_wait_is_refused_and_the_rest_is_answered(held, monkeypatch):
    monkeypatch.setattr(worker, "WAITING", 4)
    asked = Worker(held, lambda: False)
    asked.put([0])
    assert held.started.wait(LONG)
    waiting = asked.put([1, 2, 3])
    with pytest.raises(BusyError):
        asked.put([4, 5])
    [fits] = asked.put([4])
    held.going.set()
    assert [each.result(LONG) for each in (*waiting, fits)] == [2, 4, 6, 8]
    assert [each.result(LONG) for each in asked.put([9])] == [18], "and it goes on"


def test_who_waited_too_long_is_refused_unworked(held, monkeypatch):
    monkeypatch.setattr(worker, "PATIENCE", 0.01)
    asked = Worker(held, lambda: False)
    asked.put([0])
    assert held.started.wait(LONG)
    [late] = asked.put([1])
    time.sleep(0.05)
    held.going.set()
    with pytest.raises(BusyError):
        late.result(LONG)
    assert [1] not in held.batches


def test_a_question_that_fails_does_not_end_the_thread():
    def work(asked):
        return [1 / each for each in asked]

    asked = Worker(work, lambda: False)
    with pytest.raises(ZeroDivisionError):
        asked.put([0])[0].result(LONG)
    assert asked.put([2])[0].result(LONG) == 0.5


def test_whoever_went_away_costs_nothing(held):
    asked = Worker(held, lambda: False)
    asked.put([0])
    assert held.started.wait(LONG)
    gone, stays = asked.put([1, 2])
    assert gone.cancel()
    held.going.set()
    assert stays.result(LONG) == 4 and held.batches == [[0], [2]]


def test_idle_time_is_used_until_nothing_is_left_and_again_after_a_question():
    left, done = list(range(3)), threading.Event()

    def idle():
        if left:
            left.pop()
        if not left:
            done.set()
        return bool(left)

    asked = Worker(list, idle)
    assert done.wait(LONG)
    left.append(1)
    done.clear()
    assert asked.put([7])[0].result(LONG) == 7
    assert done.wait(LONG)


def test_the_values_asked_for_last_are_kept():
    kept = Kept(2)
    for key in "ab":
        kept.put(key, key.upper())
    assert kept.get("a") == "A"
    kept.put("c", "C")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")


def test_names_are_found_by_any_part_once_each_in_order():
    names = Names(["Blue Shirt 01", "blue blue jeans 02", "", "Red shirt 13"])
    assert names.holding("SHIRT", 9) == [0, 3]
    assert names.holding("blue", 9) == [0, 1], "once, though it stands there twice"
    assert names.holding("blue  jeans", 9) == [1]
    assert names.holding("3", 9) == [3] and names.holding("0", 1) == [0]
    assert names.holding("01\nblue", 9) == names.holding(" ", 9) == names.holding("green", 9) == []
    assert Names([]).holding("a", 3) == []
