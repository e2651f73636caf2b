"""The rows of the sensors of the forecasts, each quantity's alike, and of what was metered today.

Energy of the next hour with its band, of the rest of today and of tomorrow; what the forecast is made by, and how much
better than two simple ones it did lately: also where it did worse.
"""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfRatio

from .common.forecasting.forecast import Horizon, Method, Target
from .common.quantities import WH_PER_KWH
from .sensor_kinds import CaravelsSensorDescription, Row, energy_row
from .views import BasisView, ForecastView, HourView, SkillView

GENERATION: Final = "generation"
"""The list of meters of the home's own generation, in the entry's data."""
BAND: Final = ("p10", "p90")
"""Attributes of the next hour [kWh]: between them eight of ten hours end."""
_HORIZONS: Final = {Horizon.DAY_AHEAD: "", Horizon.HOUR_AHEAD: "_hour_ahead"}
"""How the keys of rows end."""


def _rows_of(target: Target) -> Iterator[Row[ForecastView]]:
    more: dict[str, Any] = {"meter": GENERATION} if target is Target.GENERATION else {}
    yield energy_row(
        f"{target}_next_hour",
        lambda view: hour.mean_wh if (hour := view.target(target).next_hour) else None,
        attributes_fn=lambda view: _band(view.target(target).next_hour),
        **more,
    )
    yield energy_row(
        f"{target}_rest_of_today",
        lambda view: view.target(target).rest_of_today_wh,
        entity_registry_enabled_default=False,
        **more,
    )
    yield energy_row(f"{target}_tomorrow", lambda view: view.target(target).tomorrow_wh, **more)
    for horizon, ending in _HORIZONS.items():
        shown = horizon is Horizon.DAY_AHEAD
        yield from _quality_rows(target, horizon, ending, {**more, "entity_registry_enabled_default": shown})


def _quality_rows(target: Target, horizon: Horizon, ending: str, more: dict[str, Any]) -> Iterator[Row[ForecastView]]:
    def basis(view: ForecastView) -> BasisView | None:
        return view.target(target).bases.get(horizon)

    def skill(view: ForecastView) -> SkillView | None:
        return found.skill if (found := basis(view)) else None

    yield CaravelsSensorDescription(
        key=f"{target}_model{ending}",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[method.value for method in Method if method is not Method.SUM_OF_HOMES],
        value_fn=lambda view: found.method.value if (found := basis(view)) else None,
        attributes_fn=lambda view: _about(basis(view)),
        **more,
    )
    yield _percent_row(
        f"{target}_skill_last_week{ending}",
        lambda view: found.over_last_week if (found := skill(view)) else None,
        attributes_fn=lambda view: _judged(skill(view)),
        **more,
    )
    yield _percent_row(
        f"{target}_skill_mean_7_days{ending}",
        lambda view: found.over_mean_7_days if (found := skill(view)) else None,
        **more,
    )


def _percent_row(key: str, value_fn: Any, **more: Any) -> Row[ForecastView]:
    return CaravelsSensorDescription(
        key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value_fn=value_fn,
        **more,
    )


def _band(hour: HourView | None) -> dict[str, float | None]:
    low, high = (hour.p10_wh / WH_PER_KWH, hour.p90_wh / WH_PER_KWH) if hour else (None, None)
    return dict(zip(BAND, (low, high), strict=True))


def _about(basis: BasisView | None) -> dict[str, Any]:
    return {
        "source": basis.source or None if basis else None,
        "days": basis.days if basis else None,
        "reasons": [reason.value for reason in basis.reasons] if basis else [],
    }


def _judged(skill: SkillView | None) -> dict[str, float | None]:
    return {
        "mean_error": skill.mae_wh / WH_PER_KWH if skill and skill.mae_wh is not None else None,
        "coverage": skill.coverage if skill else None,
        "judged_days": skill.days if skill else None,
    }


_NET_ROWS: Final[tuple[Row[ForecastView], ...]] = (
    energy_row("net_next_hour", lambda view: view.net.next_hour_wh),
    energy_row("net_rest_of_today", lambda view: view.net.rest_of_today_wh, entity_registry_enabled_default=False),
    energy_row("net_tomorrow", lambda view: view.net.tomorrow_wh),
)
_METERED_ROWS: Final[tuple[Row[ForecastView], ...]] = (
    energy_row("import_today", lambda view: view.metered_today.import_wh if view.metered_today else None),
    energy_row("export_today", lambda view: view.metered_today.export_wh if view.metered_today else None),
    energy_row("consumption_today", lambda view: view.metered_today.consumption_wh if view.metered_today else None),
    energy_row(
        "generation_today",
        lambda view: view.metered_today.generation_wh if view.metered_today else None,
        meter=GENERATION,
    ),
)
FORECAST_ROWS: Final[tuple[Row[ForecastView], ...]] = (
    *(row for target in Target for row in _rows_of(target)),
    *_NET_ROWS,
    *_METERED_ROWS,
)
