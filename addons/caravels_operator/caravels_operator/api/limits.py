"""How much one credential, or one source without any, may ask: a token bucket each."""

import re
from collections import OrderedDict
from dataclasses import dataclass

from ..common.protocol.errors import TooMany

PER_SECOND = 10
BURST = 60
MAX_BUCKETS = 20_000

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(slots=True)
class _Bucket:
    level: float
    at: int


class RateLimit:
    """Refuses who asks more than `BURST` at once and `PER_SECOND` in the long run; harms nobody else."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, token: str | None, source: str, now: int) -> None:
        """Count one request at `now` [Unix s]: the token's, or the source's where there is none of a token's shape.

        Raises:
            TooMany: the bucket is empty.
        """
        key = token if token and _TOKEN.fullmatch(token) else source
        bucket = self._buckets.setdefault(key, _Bucket(BURST, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        bucket.level = min(BURST, bucket.level + max(0, now - bucket.at) * PER_SECOND)
        bucket.at = now
        if bucket.level < 1:
            raise TooMany
        bucket.level -= 1
