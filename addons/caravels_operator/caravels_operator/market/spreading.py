"""Spread amounts over a table with given row and column sums, in whole Wh, by the cumulative rule (engines A.5)."""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Ints, multiply_divide, running_total, starts_of


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts in blocks, sorted by block; every column has shape (n,)."""

    block: Ints
    item: Ints
    """What the amount belongs to."""
    wh: Ints
    """Amount [Wh], > 0."""


def spread(rows: Parts, columns: Parts) -> tuple[Ints, Ints, Ints]:
    """Fill one table a block so that its sums are exactly `rows.wh` and `columns.wh`, as evenly as whole Wh allow.

    Column by column, cell i is floor(c * R_i / R) - floor(c * R_(i-1) / R), with c the column's sum, R_i the running
    sum of what the rows have left and R all of it: never negative, never more than a row has left, and the last column
    takes the rest. All blocks advance together; the loop is over the columns of the widest.

    Returns:
        row index, column index and amount (> 0) of every cell that is not zero.
    """
    n_blocks = int(rows.block[-1]) + 1 if rows.block.size else 0
    row_start, column_start = starts_of(rows.block, n_blocks), starts_of(columns.block, n_blocks)
    row_count, column_count = np.diff(row_start), np.diff(column_start)
    left = rows.wh.copy()
    cells: list[tuple[Ints, Ints, Ints]] = [(left[:0], left[:0], left[:0])]
    for step in range(int(column_count.max(initial=0))):
        live = np.flatnonzero(column_count > step)
        size = row_count[live]
        column = np.repeat(column_start[live] + step, size)
        first = running_total(size)[:-1]
        row = np.arange(column.size) + np.repeat(row_start[live] - first, size)
        amount = _take(columns.wh[column], left[row], np.repeat(first, size), np.repeat(first + size, size))
        left[row] -= amount
        cell = amount > 0
        cells.append((row[cell], column[cell], amount[cell]))
    row, column, amount = (np.concatenate(part) for part in zip(*cells, strict=True))
    return row, column, amount


def _take(wanted: Ints, left: Ints, first: Ints, end: Ints) -> Ints:
    """Return the part of each row in its block's column; the block's rows are [first, end)."""
    total = running_total(left)
    whole = total[end] - total[first]
    upto, _ = multiply_divide(wanted, total[1:] - total[first], whole)
    before, _ = multiply_divide(wanted, total[:-1] - total[first], whole)
    return upto - before
