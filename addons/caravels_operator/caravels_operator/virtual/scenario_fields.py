"""Reading a table of a scenario file: every wrong key is collected, so that one message names them all."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

PPM = 1_000_000


class Fields:
    """One table, at a path of the file; what is wrong goes into `problems`, and a harmless value is returned."""

    def __init__(self, values: object, path: str, problems: list[str]) -> None:
        """Read `values`, which must be a table."""
        self._path = path
        self._problems = problems
        self._values: Mapping[str, object] = {}
        self._read: set[str] = set()
        if isinstance(values, dict):
            self._values = values
        else:
            problems.append(f"{path or 'the file'}: must be a table")

    @property
    def keys(self) -> tuple[str, ...]:
        """The table's keys, in the order of the file."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        return key in self._values

    def wrong(self, key: str, expected: str) -> None:
        """Note that a key is wrong."""
        self._problems.append(f"{self._at(key)}: {expected}")

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def raw(self, key: str) -> object:
        """Return the value of a required key, None if it is missing."""
        self._read.add(key)
        if key not in self._values:
            self.wrong(key, "missing")
        return self._values.get(key)

    def close(self) -> None:
        """Note each key that nobody asked for."""
        for key in self._values:
            if key not in self._read:
                self.wrong(key, "unknown key")

    def number(self, key: str, low: float, high: float) -> Decimal:
        """Return a finite number in [low, high], exactly as written."""
        value = self.raw(key)
        if value is None:
            return Decimal(0)
        found = _exact(value)
        if found is None or not low <= found <= high:
            self.wrong(key, f"must be a number from {low:g} to {high:g}")
            return Decimal(0)
        return found

    def scaled(self, key: str, scale: int, low: float, high: float) -> int:
        """Return a number in [low, high] times `scale`, which must make it whole."""
        value = self.number(key, low, high) * scale
        if value % 1:
            self.wrong(key, f"finer than 1/{scale}")
        return int(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number in [low, high]."""
        return self.scaled(key, 1, low, high)

    def price(self, key: str) -> int:
        """Return a price of at most 10 units a kWh, as micro-units per kWh."""
        return self.scaled(key, PPM, -10, 10)

    def share(self, key: str) -> int:
        """Return a share in [0, 1] as parts per million."""
        return self.scaled(key, PPM, 0, 1)

    def flag(self, key: str) -> bool:
        """Return a truth value."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "must be true or false")
        return value is True

    def text(self, key: str, allowed: tuple[str, ...] = ()) -> str:
        """Return a text that is not empty and, if `allowed` is given, one of those."""
        value = self.raw(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value or (allowed and value not in allowed):
            self.wrong(
                key,
                "must be one of " + ", ".join(allowed) if allowed else "must be a text",
            )
            return ""
        return value

    def zone(self, key: str) -> str:
        """Return the name of a time zone that this machine knows."""
        name = self.text(key)
        try:
            ZoneInfo(name or "UTC")
        except KeyError, ValueError, OSError:
            self.wrong(key, "must be the name of a time zone")
        return name

    def day(self, key: str) -> date:
        """Return a date."""
        value = self.raw(key)
        if type(value) is date:
            return value
        if value is not None:
            self.wrong(key, "must be a date")
        return date.min

    def items(self, key: str) -> list[object]:
        """Return a list of anything."""
        value = self.raw(key)
        if value is not None and not isinstance(value, list):
            self.wrong(key, "must be a list")
        return value if isinstance(value, list) else []

    def entries(self, key: str) -> Fields:
        """Return the reader of a list, as a table whose keys are "1", "2", ..."""
        listed = {str(number): item for number, item in enumerate(self.items(key), 1)}
        return Fields(listed, self._at(key), self._problems)

    def table(self, key: str) -> Fields:
        """Return the reader of a table inside this one."""
        value = self.raw(key)
        return Fields({} if value is None else value, self._at(key), self._problems)

    def tables(self, key: str) -> list[Fields]:
        """Return the readers of a list of tables."""
        return [
            Fields(item, f"{self._at(key)}.{number}", self._problems) for number, item in enumerate(self.items(key), 1)
        ]

    def minute(self, key: str) -> int:
        """Return a time of day `HH:MM`, to `24:00`, as minutes after midnight."""
        value = self.text(key)
        hours, _, minutes = value.partition(":")
        if len(value) == 5 and hours.isdecimal() and minutes.isdecimal():
            total = int(hours) * 60 + int(minutes)
            if int(minutes) < 60 and total <= 1_440:
                return total
        if value:
            self.wrong(key, "must be a time of day like 08:00")
        return 0


def _exact(value: object) -> Decimal | None:
    """Return a TOML number as a Decimal, None for anything else; a truth value is no number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    found = Decimal(value)
    return found if found.is_finite() else None
