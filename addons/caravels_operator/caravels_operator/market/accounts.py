"""The vocabulary of the accounts that postings move money between (engines B).

The design names all of them. On `STORAGE` (engines D.5), `DR_PAYER` (engines C) and `ROUNDING` nothing is booked yet.
"""

from typing import Final

COMMUNITY: Final = "community"
STORAGE: Final = "storage"
FEES: Final = "fees"
TAX: Final = "tax"
DR_PAYER: Final = "dr_payer"
"""Who outside the community pays for demand response."""
ROUNDING: Final = "rounding"


def member_account(member: str) -> str:
    """Return the account of a member."""
    return f"member:{member}"


def retailer_account(retailer: str) -> str:
    """Return the account of a retailer."""
    return f"retailer:{retailer}"
