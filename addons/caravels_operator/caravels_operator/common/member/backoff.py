"""How long to wait before trying again: bounded exponential backoff with full jitter.

Full jitter (any wait up to the bound, not only the bound) spreads the members of a community that all lost
their operator in the same second.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

FIRST_S: Final = 2
LONGEST_S: Final = 120
_MAX_DOUBLINGS: Final = 16


@dataclass(slots=True)
class Backoff:
    """Waits of 1 to first, 2 first, 4 first ... longest [s], drawn from an injected source of chance.

    Attributes:
        jitter: the source of chance.
        first_s: bound of the first wait [s].
        longest_s: bound of every wait [s].
    """

    jitter: Random
    first_s: int = FIRST_S
    longest_s: int = LONGEST_S
    _failures: int = field(default=0, init=False)

    def next_s(self) -> int:
        """Return how long to wait after one more failure [s], at least 1."""
        bound = min(self.longest_s, self.first_s << min(self._failures, _MAX_DOUBLINGS))
        self._failures += 1
        return self.jitter.randint(1, bound)

    def reset(self) -> None:
        """Start again from the first wait."""
        self._failures = 0
