"""What the operator knows and may never lose: members, books, auctions, meters, money, and what is due."""
