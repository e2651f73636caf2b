"""What every benchmark ends with: a table for people, then one line of JSON for programs."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their header as text: the first column to the left, numbers to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def machine() -> str:
    """Return what the figures were measured on, as far as it matters to compare them."""
    return f"{os.process_cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start"


def print_result(values: Mapping[str, object]) -> None:
    """Print the last line."""
    print(json.dumps(values))
