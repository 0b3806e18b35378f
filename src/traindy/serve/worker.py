"""One thread that asks the model: for all that wait together at a time, and for nobody when nobody waits."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Generic, NamedTuple, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")

WAITING: Final = 128
"""Questions that may wait; one more is refused."""
AT_ONCE: Final = 16
"""Questions answered together."""
PATIENCE: Final = 2.0
"""Seconds after which whoever waits is refused too."""

log = logging.getLogger("traindy")


class BusyError(Exception):
    """More is asked than can be answered now."""


class _Job(NamedTuple, Generic[Asked, Found]):
    asked: Asked
    answer: Future[Found]
    since: float


class Worker(Generic[Asked, Found]):
    """Answers in the order asked. Nothing is waited for: a batch is what came while the last was answered."""

    def __init__(self, work: Callable[[list[Asked]], Sequence[Found]], idle: Callable[[], bool]) -> None:
        """work: answers of some questions, in their order. idle: does a piece of what can be done ahead;
        False if nothing is left, and then it is asked again after the next question."""
        self._work, self._idle = work, idle
        self._jobs: deque[_Job[Asked, Found]] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def put(self, asked: Sequence[Asked]) -> list[Future[Found]]:
        """Ask several things; raises `BusyError` if they are too many beside those that wait already."""
        now = time.monotonic()
        jobs = [_Job[Asked, Found](each, Future(), now) for each in asked]
        with self._changed:
            if len(self._jobs) + len(jobs) > WAITING:
                raise BusyError
            self._jobs.extend(jobs)
            self._changed.notify()
        return [job.answer for job in jobs]

    def _run(self) -> None:
        more = True
        while True:
            with self._changed:
                while not self._jobs and not more:
                    self._changed.wait()
                jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), AT_ONCE))]
            if jobs:
                self._answer(jobs)
            try:
                more = not self._jobs and self._idle()
            except Exception:
                log.exception("ahead of the questions")
                more = False

    def _answer(self, jobs: list[_Job[Asked, Found]]) -> None:
        wanted = [job for job in jobs if job.answer.set_running_or_notify_cancel()]
        late = time.monotonic() - PATIENCE
        for job in wanted:
            if job.since < late:
                job.answer.set_exception(BusyError())
        wanted = [job for job in wanted if job.since >= late]
        try:
            found = self._work([job.asked for job in wanted]) if wanted else []
        except Exception as error:
            for job in wanted:
                job.answer.set_exception(error)
            return
        for job, answer in zip(wanted, found, strict=True):
            job.answer.set_result(answer)
