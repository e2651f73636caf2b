"""Small folders of measurements, written by the tests as people's programs write them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file."""
    lines = [",".join(header), *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def write_meta(folder: Path, zone: str, **more: object) -> None:
    """Write `meta.json`."""
    (folder / "meta.json").write_text(json.dumps({"tz": zone, "lat": 38.72, "lon": -9.14, **more}), "utf-8")


def naive_stamps(first: str, count: int, minutes: int = 60) -> list[str]:
    """Return stamps of a clock that never changes."""
    start = datetime.fromisoformat(first)
    return [str(start + timedelta(minutes=minutes * n)) for n in range(count)]
