"""Reading the tariffs and the market price of a scenario file."""

from .scenario_fields import PPM, Fields
from .scenario_types import MarketPrice, Tariff

_WEEKDAYS = (
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def read_tariff(name: str, fields: Fields) -> Tariff:
    """Return the tariff of one table."""
    parts = fields.table("parts")
    steps = fields.tables("retail")
    tariff = Tariff(
        name=name,
        valid_from=fields.day("valid_from"),
        retail=tuple((step.minute("from"), step.price("price")) for step in steps),
        energy_ppm=parts.share("energy"),
        network_ppm=parts.share("network"),
        levies_ppm=parts.share("levies"),
        vat_ppm=parts.share("vat"),
        avoidable_ppm=fields.share("avoidable_share"),
        feed_in_micro_kwh=fields.price("feed_in"),
    )
    minutes = [minute for minute, _ in tariff.retail]
    if minutes[:1] != [0] or minutes != sorted(set(minutes)) or minutes[-1] >= 1_440:
        fields.wrong("retail", "must start at 00:00 and rise")
    if tariff.energy_ppm + tariff.network_ppm + tariff.levies_ppm + tariff.vat_ppm != PPM:
        fields.wrong("parts", "must sum to 1")
    for part in (parts, *steps, fields):
        part.close()
    return tariff


def read_market_price(fields: Fields) -> MarketPrice:
    """Return the market price of its table."""
    hourly = fields.entries("hourly")
    zero = fields.entries("zero_hours")
    negative = fields.table("negative_hours")
    weekdays, months = _special_days(fields)
    special = {zero.whole(key, 0, 23): 0 for key in zero.keys}
    for hour in negative.keys:
        if hour.isdecimal() and int(hour) < 24:
            special[int(hour)] = negative.price(hour)
        else:
            negative.wrong(hour, "must be an hour from 0 to 23")
    price = MarketPrice(
        hourly_micro_kwh=tuple(hourly.price(key) for key in hourly.keys),
        day_factor_sigma=float(fields.number("day_factor_sigma", 0, 2)),
        special_weekdays=weekdays,
        special_months=months,
        special_micro_kwh=special,
    )
    if len(price.hourly_micro_kwh) != 24:
        fields.wrong("hourly", "must have 24 prices")
    fields.close()
    return price


def _special_days(fields: Fields) -> tuple[frozenset[int], frozenset[int]]:
    """Read a text like "Saturdays and Sundays of April and May" as weekdays (Monday 0) and months (January 1)."""
    text = fields.text("special_days")
    days, _, months = text.partition(" of ")
    try:
        return (
            frozenset(_WEEKDAYS.index(day) for day in days.split(" and ")),
            frozenset(_MONTHS.index(month) + 1 for month in months.split(" and ")),
        )
    except ValueError:
        if text:
            fields.wrong(
                "special_days",
                'must read like "Saturdays and Sundays of April and May"',
            )
        return frozenset(), frozenset()
