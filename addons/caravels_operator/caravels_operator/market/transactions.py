"""Who trades with whom, as columns (engines A.6): one row a (period, seller, buyer)."""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Flags, Ints, money_of


@dataclass(frozen=True, slots=True)
class Transactions:
    """Rows sorted by (period, seller, buyer), each pair once a period; every column has shape (n,)."""

    period: Ints
    seller: Ints
    """Index into the auction's list of members."""
    buyer: Ints
    wh: Ints
    """Energy [Wh], > 0."""
    price_micro_kwh: Ints
    micro: Ints
    """Money from buyer to seller [micro-units], rounded once; negative at a negative price."""

    def __len__(self) -> int:
        return self.period.size

    def at(self, rows: Ints | Flags) -> Transactions:
        """Return some of the rows."""
        return Transactions(
            self.period[rows],
            self.seller[rows],
            self.buyer[rows],
            self.wh[rows],
            self.price_micro_kwh[rows],
            self.micro[rows],
        )

    def of_member(self, member: int) -> Transactions:
        """Return a member's view: exactly the rows to which it is a party."""
        return self.at((self.seller == member) | (self.buyer == member))


def transactions_from(period: Ints, seller: Ints, buyer: Ints, wh: Ints, price_micro_kwh: Ints) -> Transactions:
    """Return transactions in their one order, with the money of each rounded once."""
    order = _canonical(period, seller, buyer)
    rows = Transactions(period, seller, buyer, wh, price_micro_kwh, money_of(wh, price_micro_kwh))
    return rows.at(order)


def _canonical(period: Ints, seller: Ints, buyer: Ints) -> Ints:
    """Return the order by (period, seller, buyer): one sort of packed keys where they fit 63 bits."""
    bits = [max(1, int(column.max(initial=0)).bit_length()) for column in (seller, buyer)]
    row_bits = max(1, period.size.bit_length())
    if sum(bits) + row_bits + int(period.max(initial=0)).bit_length() > 63:
        return np.lexsort((buyer, seller, period))
    key = (((period << bits[0]) | seller) << bits[1]) | buyer
    key = (key << row_bits) | np.arange(period.size)
    key.sort()
    return key & ((1 << row_bits) - 1)
