"""Who wants to be told of something."""

import logging
from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)


class Listeners[**P]:
    """Functions to be called with every piece of news; each may end that at any time, also while it is called."""

    def __init__(self) -> None:
        self._all: list[Callable[P, None]] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._all)

    def add(self, listener: Callable[P, None]) -> Callable[[], None]:
        """Call `listener` from now on; return what ends that."""
        self._all.append(listener)
        return lambda: self._all.remove(listener)

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call them all. A fault of one is logged: who looks on must not end what it looks at."""
        for listener in tuple(self._all):
            try:
                listener(*args, **kwargs)
            except Exception:
                _LOGGER.exception("a fault in who was told")
