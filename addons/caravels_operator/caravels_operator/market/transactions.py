"""Who trades with whom, as columns (engines A.6): one row a (period, seller, buyer)."""

from dataclasses import dataclass

from .arithmetic import Flags, Ints, money_of, sorted_order


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
    bits = int(max(seller.max(initial=0), buyer.max(initial=0))).bit_length()
    key = (period << 2 * bits) | (seller << bits) | buyer
    order = sorted_order(key)
    key, wh, price_micro_kwh = key[order], wh[order], price_micro_kwh[order]
    one_member = (1 << bits) - 1
    return Transactions(
        period=key >> 2 * bits,
        seller=(key >> bits) & one_member,
        buyer=key & one_member,
        wh=wh,
        price_micro_kwh=price_micro_kwh,
        micro=money_of(wh, price_micro_kwh),
    )
