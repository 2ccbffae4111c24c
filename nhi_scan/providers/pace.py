"""Keeps below a quota: at most so many requests in any minute, or any other window of time."""

import threading
from collections import deque
from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """Lets requests through one after the other. Safe for threads.

    Clouds count requests per window of time (https://cloud.google.com/asset-inventory/docs/quota,
    https://learn.microsoft.com/graph/throttling-limits): remembering when the last so many went out keeps below that in
    every window, wherever the server lets its own begin.

    Args:
        limit: requests that may go out in any window.
        clock: seconds, rising.
        sleep: waits for some seconds; what it raises ends the wait.
        window: seconds.
    """

    def __init__(
        self,
        limit: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        window: float = MINUTE,
    ) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=limit)

    def wait(self) -> None:
        """Return when one more request may go out; it counts from then on."""
        with self._lock:
            now = self._clock()
            at = now if len(self._sent) < self._limit else max(now, self._sent[0] + self._window)
            self._sent.append(at)
        if at > now:
            self._sleep(at - now)
