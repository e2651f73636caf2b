"""A tariff in a JSON file (docs/operator.md, Tariffs)."""

from datetime import date
from pathlib import Path

import msgspec

from ..community.refusals import TariffWrong
from ..community.tariff_entry import check_tariff
from ..market.tariffs import Tariff


def read_tariff(path: Path, today: date, zone: str) -> Tariff:
    """Return the tariff in a JSON file.

    Raises:
        ValueError: it cannot be read, or no member could be billed by it today; the text names the file.
    """
    try:
        tariff = msgspec.json.decode(path.read_bytes(), type=Tariff)
        check_tariff(tariff, today, zone)
    except (OSError, ValueError) as error:
        why = error.detail if isinstance(error, TariffWrong) else str(error)
        raise ValueError(f"The tariff file {path} cannot be used: {why}. See docs/operator.md, Tariffs.") from error
    return tariff
