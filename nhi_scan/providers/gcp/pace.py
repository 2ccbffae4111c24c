"""Keeps below a quota: at most so many requests in any minute."""

import threading
from collections import deque
from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """Lets requests through one after the other. Safe for threads.

    Google counts requests per minute and project (https://cloud.google.com/asset-inventory/docs/quota): remembering
    when the last so many went out keeps below that in every minute, wherever the server lets its own begin.

    Args:
        per_minute: requests that may go out in any sixty seconds.
        clock: seconds, rising.
        sleep: waits for some seconds; what it raises ends the wait.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._limit = per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=per_minute)

    def wait(self) -> None:
        """Return when one more request may go out; it counts from then on."""
        with self._lock:
            now = self._clock()
            at = now if len(self._sent) < self._limit else max(now, self._sent[0] + MINUTE)
            self._sent.append(at)
        if at > now:
            self._sleep(at - now)
