"""What the community saved, against the same homes alone, and what each part of it brought (engines B.4)."""

from collections.abc import Sequence
from typing import Final

from .arithmetic import Ints, money_of

PARTS: Final = ("shared_storage", "trade_and_netting", "response", "fees_and_no_loss")
"""The parts of a saving, in the one order in which they are measured."""


def alone_micro(import_wh: Ints, export_wh: Ints, retail_micro_kwh: Ints, feed_in_micro_kwh: Ints) -> Ints:
    """Return what each member would have paid without the community [micro-units], shape (M, T).

    Args:
        import_wh: grid import of the baseline use with own generation and own battery in self-consumption [Wh].
        export_wh: grid export of the same [Wh].
        retail_micro_kwh: own retail price, all parts [micro-units per kWh].
        feed_in_micro_kwh: own feed-in price [micro-units per kWh].
    """
    return money_of(import_wh, retail_micro_kwh) - money_of(export_wh, feed_in_micro_kwh)


def savings_by_part(alone: Ints, after: Sequence[Ints]) -> dict[str, Ints]:
    """Return what each of `PARTS` saved [micro-units]; the parts sum to the first cost less the last, exactly.

    Args:
        alone: cost of each member alone [micro-units], any shape.
        after: cost after each of `PARTS`, in that order, the same shape; a part that is off repeats the cost before it.

    Raises:
        ValueError: if there is not one cost a part.
    """
    if len(after) != len(PARTS):
        raise ValueError(f"a saving has {len(PARTS)} parts, not {len(after)}")
    return {part: before - now for part, before, now in zip(PARTS, [alone, *after[:-1]], after, strict=True)}
