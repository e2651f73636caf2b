"""Where each command of the contract goes."""

from datetime import date
from typing import Final

BASE: Final = "/api/v1"
HELLO: Final = f"{BASE}/hello"
PAIR: Final = f"{BASE}/pair"
TOKEN: Final = f"{BASE}/token"
LEAVE: Final = f"{BASE}/leave"
READINGS: Final = f"{BASE}/readings"
FORECASTS: Final = f"{BASE}/forecasts"
MODEL_REPORTS: Final = f"{BASE}/model-reports"
WISHES: Final = f"{BASE}/wishes"
STREAM: Final = f"{BASE}/stream"


def book_path(day: date) -> str:
    """Return where a book is put."""
    return f"{BASE}/books/{day.isoformat()}"


def trade_path(trade_id: str) -> str:
    """Return where one of the reader's own trades is read."""
    return f"{BASE}/trades/{trade_id}"


def result_path(day: date) -> str:
    """Return where a day's auction result is read."""
    return f"{BASE}/days/{day.isoformat()}/result"


def statement_path(day: date) -> str:
    """Return where a settled day is read."""
    return f"{BASE}/days/{day.isoformat()}/statement"


def model_path(sha256: str) -> str:
    """Return where a model's file is read."""
    return f"{BASE}/models/{sha256}"
