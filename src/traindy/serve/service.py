"""What is served now, and how a question finds its answer: at hand, or from the one thread of the model."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from traindy.core.errors import UserError
from traindy.recommend.desk import Desk, Shopper
from traindy.serve import schemas
from traindy.serve.shop_window import Asked, Found, Window
from traindy.serve.worker import Worker

log = logging.getLogger("traindy")

AHEAD: Final = 1.0
"""Seconds that the first lists may take before the server is ready."""


class Service:
    """A window, which a reload replaces, and the worker behind it."""

    def __init__(self, opened: Callable[[], Desk], images: Path | None) -> None:
        """opened: opens the desk, now and again at every reload. images: the folder of pictures, if any."""
        self._opened, self._images = opened, images
        self.window = self._open()
        self._one_at_a_time = threading.Lock()
        self._worker: Worker[tuple[Window, Asked, int], Found] = Worker(
            self._work, lambda: self.window.ahead()
        )

    def _open(self) -> Window:
        window = Window(self._opened(), self._images)
        until = time.monotonic() + AHEAD
        while time.monotonic() < until and window.ahead():
            pass
        return window

    def reload(self) -> str | None:
        """Open the model again. A broken one leaves the old in service: what is wrong with it."""
        with self._one_at_a_time:
            try:
                self.window = self._open()
            except UserError as error:
                return str(error)
            except Exception as error:  # whatever is wrong with it
                log.exception("reload")
                return repr(error)
            return None

    def _work(self, jobs: list[tuple[Window, Asked, int]]) -> list[Found]:
        found: list[Found] = []
        for window, some in groupby(jobs, key=lambda job: job[0]):
            found += window.find([(asked, k) for _, asked, k in some])
        return found

    async def find(self, window: Window, asked: Sequence[Asked], k: int) -> list[Found]:
        """k articles for each; raises `BusyError` when too much is asked."""
        at_hand = [window.kept(each) for each in asked]
        missing = [(window, each, k) for each, kept in zip(asked, at_hand, strict=True) if kept is None]
        answers = self._worker.put(missing) if missing else []
        found = iter(await asyncio.gather(*map(asyncio.wrap_future, answers)))
        return [(next(found) if kept is None else kept)[:k] for kept in at_hand]

    async def answer(self, asked: Sequence[schemas.Asked]) -> list[schemas.Answer]:
        """Lists in words."""
        window = self.window
        shoppers = [window.shopper(each.attributes, each.bought, each.seed) for each in asked]
        deepest = max(each.k for each in asked)
        found = await self.find(window, shoppers, deepest)
        parts = zip(asked, shoppers, found, strict=True)
        return [window.answer(each.attributes, who, listed[: each.k]) for each, who, listed in parts]

    async def top(self, window: Window, k: int) -> list[Found]:
        """What each cluster's typical customer is shown."""
        modes = [each["mode"] for each in window.desk.metadata["clusters"]]
        return await self.find(window, [Shopper(window.desk.condition(mode)) for mode in modes], k)
