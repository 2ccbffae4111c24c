"""Runs a tree of work on an executor: bounded, in the order given, with nobody waiting on a worker.

A branch is a generator that yields batches of jobs and further branches, and goes on when all of a batch is done. Jobs
run on the executor; branches advance in the calling thread, so that a pool of any size cannot lock up.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Union

Job = Callable[[], None]
Branch = Generator[Iterable[Union[Job, "Branch"]], None, None]

_IN_FLIGHT = 128  # jobs handed to the executor at a time, whatever its size: waiting ones hold memory


class _Node:
    __slots__ = ("branch", "items", "outstanding", "parent", "width")

    def __init__(self, branch: "Branch", parent: "_Node | None", width: int) -> None:
        self.branch = branch
        self.parent = parent
        self.width = width  # at most so many items of a batch under way at a time
        self.items: Iterator[Any] | None = None
        self.outstanding = 0


class Schedule:
    """One run.

    Args:
        executor: where jobs run.
        width: how many of the root's items are under way at a time.
    """

    def __init__(self, executor: Executor, width: int) -> None:
        self._executor = executor
        self._width = width
        self._ready: deque[_Node] = deque()
        self._running: dict[Future[None], _Node] = {}

    def run(self, root: Branch) -> None:
        """Run it all.

        Raises:
            Exception: the first that a job or branch raised; what had not begun is cancelled.
        """
        try:
            self._advance(_Node(root, None, self._width))
            while self._ready or self._running:
                self._submit()
                if self._running:
                    finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        node = self._running.pop(future)
                        future.result()
                        self._finished_one(node)
        finally:
            for future in self._running:
                future.cancel()

    def _submit(self) -> None:
        """Take one item of each branch in turn until enough is under way."""
        while self._ready and len(self._running) < _IN_FLIGHT:
            node = self._ready.popleft()
            if node.items is None or node.outstanding >= node.width:
                continue  # comes back when one of its items is done
            item = next(node.items, None)
            if item is None:
                node.items = None
                if not node.outstanding:
                    self._advance(node)
                continue
            node.outstanding += 1
            self._ready.append(node)
            if callable(item):
                self._running[self._executor.submit(item)] = node
            else:
                self._advance(_Node(item, node, _IN_FLIGHT))

    def _finished_one(self, node: _Node) -> None:
        node.outstanding -= 1
        if node.items is not None:
            if node not in self._ready:
                self._ready.append(node)
        elif not node.outstanding:
            self._advance(node)

    def _advance(self, node: _Node) -> None:
        batch = next(node.branch, None)
        if batch is not None:
            node.items = iter(batch)
            self._ready.append(node)
        elif node.parent is not None:
            self._finished_one(node.parent)
