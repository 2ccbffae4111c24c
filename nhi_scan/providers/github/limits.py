"""Waits for rate limits together: all threads of a run are limited alike, and how long they wait in all is bounded.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit: until the moment
that the primary limit is lifted; as long as a secondary one says, else a minute, twice as long with every try.
"""

import threading
from collections.abc import Callable

from nhi_scan.providers.github.faults import SECONDARY_WAIT, CallError

_STEP = 20.0  # seconds after which a wait is shown again


class Limits:
    """The limits that one run has met. Safe for threads.

    Args:
        at_most: seconds to wait in all.
        clock: seconds, rising.
        sleep: waits for some seconds; what it raises ends the wait.

    Attributes:
        told: is told how many seconds are still waited, again and again.
    """

    def __init__(self, at_most: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._at_most = at_most
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._until = 0.0
        self._spent = 0.0
        self._over: CallError | None = None
        self.told: Callable[[float], None] = lambda _: None

    def enter(self) -> None:
        """Return when a request may go out.

        Raises:
            CallError: a limit would be waited for longer than the run may wait.
        """
        while True:
            with self._lock:
                if self._over:
                    raise self._over
                left = self._until - self._clock()
            if left <= 0:
                return
            self.told(left)
            self._sleep(min(left, _STEP))

    def meet(self, error: CallError, attempt: int) -> None:
        """Note that a request was limited: nobody asks before the limit is lifted.

        Raises:
            CallError: that would be too late.
        """
        wait = error.after if error.after is not None else SECONDARY_WAIT * 2 ** (attempt - 1)
        with self._lock:
            now = self._clock()
            until = now + wait
            more = until - max(now, self._until)
            if more <= 0:
                return
            if self._spent + more > self._at_most:
                self._over = _too_long(error, wait, self._at_most)
                raise self._over
            self._spent += more
            self._until = until


def _too_long(error: CallError, wait: float, at_most: float) -> CallError:
    told = (
        f"the {error.limit or 'rate'} limit is lifted in {wait:.0f} seconds, and no more than {at_most:.0f} are waited "
        "in all: raise `wait_at_most`, or collect again later"
    )
    return CallError("throttled", error.code, told, limit=error.limit, everywhere=True)
