"""Who wants to be told of something."""

from collections.abc import Callable


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
        """Call them all."""
        for listener in tuple(self._all):
            listener(*args, **kwargs)
