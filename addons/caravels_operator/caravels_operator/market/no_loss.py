"""Nobody worse off than alone over a month, before fees (engines B.2, `no_loss`)."""

from collections.abc import Sequence

import numpy as np

from ..common.quantities import share_out
from .accounts import COMMUNITY, member_account
from .arithmetic import Ints
from .postings import WHOLE_MONTH, PostingKind, Postings, post


def no_loss(alone_micro: Ints, settled_micro: Ints) -> Ints:
    """Return what each member pays (positive) or receives at the month's end [micro-units], shape (M,); sum 0.

    Whoever paid more than alone gets the difference from those who gained, pro rata to their gain by largest remainder.
    If all gains together are less than all losses, the gains are shared pro rata to the losses.

    Args:
        alone_micro: what the month would have cost each member alone, shape (M,).
        settled_micro: what it cost before fees, shape (M,).
    """
    gain = np.maximum(alone_micro - settled_micro, 0).tolist()
    loss = np.maximum(settled_micro - alone_micro, 0).tolist()
    moved = min(sum(gain), sum(loss))
    return np.array(share_out(moved, gain), np.int64) - np.array(share_out(moved, loss), np.int64)


def no_loss_postings(members: Sequence[str], payment_micro: Ints) -> Postings:
    """Return the payments of `no_loss`: members who gained to the community, the community to those who lost."""
    accounts = (*map(member_account, members), COMMUNITY)
    member = np.flatnonzero(payment_micro)
    no_energy = np.zeros_like(member)
    month = np.full_like(member, WHOLE_MONTH)
    return post(accounts, PostingKind.NO_LOSS, month, member, len(members), no_energy, payment_micro[member])
