"""What people have to do something about, in Home Assistant's list of repairs; gone by itself once it is healed."""

from datetime import timedelta
from typing import Any, Final

import probatio
from homeassistant.components.repairs import FlowType, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback, valid_entity_id
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .common.forecasting.forecast import Horizon, Reason, Target
from .common.member.state import WRONG_CLOCK_S, LinkState
from .common.protocol.errors import OperatorTooOld
from .const import CONF_METERS, DOMAIN
from .views import ForecastView, LinkView

LINK_ISSUES: Final = ("home_too_old", "operator_too_old", "wrong_fingerprint", "journal_unusable", "clock_wrong")
METERS_MISSING: Final = "meters_missing"
FORECAST_ISSUES: Final = {
    Reason.FEW_DAYS: "forecast_few_days",
    Reason.GAPS: "forecast_gaps",
    Reason.STALE: "forecast_stale",
    Reason.DEAD_SENSOR: "forecast_dead_sensor",
}
"""Issues of an entry, by their keys in the translations."""
FIRST_DAY: Final = timedelta(days=1)
"""Forecasts of a new home rest on little, and nobody needs to be told."""
_RESTS_ON: Final = {
    Target.CONSUMPTION: ("grid_import", "grid_export", "consumption"),
    Target.GENERATION: ("generation",),
}
"""The meters that the forecast of a quantity rests on first of all."""


@callback
def update_issues(hass: HomeAssistant, entry: ConfigEntry[Any], view: LinkView) -> None:
    """Show what is wrong with a home's link now and take back what no longer is; again is no change."""
    found = _link_issues(view)
    for key in LINK_ISSUES:
        _show(hass, entry, key, found.get(key))


@callback
def update_forecast_issues(hass: HomeAssistant, entry: ConfigEntry[Any], view: ForecastView) -> None:
    """Show on what the forecasts of a day ahead rest too little, with the meters that it is about; or take it back."""
    new = dt_util.utcnow() - entry.created_at < FIRST_DAY
    for reason, key in FORECAST_ISSUES.items():
        named = {} if new else _named_by(entry, view, reason)
        names = {"meters": ", ".join(named), "days": str(min(named.values()))} if named else None
        _show(hass, entry, key, names, ir.IssueSeverity.WARNING)


def _named_by(entry: ConfigEntry[Any], view: ForecastView, reason: Reason) -> dict[str, int]:
    """Return the meters behind the forecasts that have a reason, with the days that the forecast rests on."""
    named: dict[str, int] = {}
    for target, registers in _RESTS_ON.items():
        basis = view.target(target).bases.get(Horizon.DAY_AHEAD)
        if basis is not None and reason in basis.reasons:
            sources = (source for register in registers for source in entry.data[CONF_METERS].get(register, ()))
            named |= {source["id"]: basis.days for source in sources}
    return named


@callback
def watch_meters(hass: HomeAssistant, entry: ConfigEntry[Any]) -> CALLBACK_TYPE:
    """Show whether meters are missing, from Home Assistant's start on: before it, other integrations' are not there.

    Returns what ends that, and takes back all that was said of the entry.
    """
    ids = _meter_entities(entry)

    @callback
    def look(_event: object = None) -> None:
        if hass.state is CoreState.running:
            missing = missing_meters(hass, entry)
            _show(hass, entry, METERS_MISSING, {"meters": ", ".join(missing)} if missing else None)

    stop_waiting = async_at_started(hass, look)
    stop_tracking = async_track_state_change_event(hass, ids, look)

    @callback
    def stop() -> None:
        stop_waiting()
        stop_tracking()
        for key in (*LINK_ISSUES, METERS_MISSING, *FORECAST_ISSUES.values()):
            _show(hass, entry, key, None)

    return stop


def missing_meters(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[str]:
    """Return the entities of an entry that are meters and do not exist; a statistic without an entity is none."""
    return [name for name in _meter_entities(entry) if hass.states.get(name) is None]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> MissingMetersFlow:
    """Return the flow that mends an issue; the missing meters alone have one."""
    return MissingMetersFlow()


class MissingMetersFlow(RepairsFlow):
    """Leads to the choice of other meters."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Say what is missing; then open the entry's own flow. The issue stays until the meters are there."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        if user_input is None:
            placeholders = issue.translation_placeholders if issue else None
            return self.async_show_form(
                step_id="confirm", data_schema=probatio.Schema({}), description_placeholders=placeholders
            )
        entry = self.hass.config_entries.async_get_entry(str((self.data or {})["entry_id"]))
        if entry is None:
            return self.async_abort(reason="entry_gone")
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
        )
        return self.async_abort(reason="choose_meters", next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))


def _link_issues(view: LinkView) -> dict[str, dict[str, str]]:
    """Return the issues of the link, by key, with what their texts name."""
    found: dict[str, dict[str, str]] = {}
    match view.state:
        case LinkState.INCOMPATIBLE if view.problem == OperatorTooOld.sentence:
            found["operator_too_old"] = {}
        case LinkState.INCOMPATIBLE:
            found["home_too_old"] = {}
        case LinkState.WRONG_FINGERPRINT:
            found["wrong_fingerprint"] = {}
        case LinkState.FAILED_HERE:
            found["journal_unusable"] = {}
    if view.clock_skew_s is not None and abs(view.clock_skew_s) > WRONG_CLOCK_S:
        found["clock_wrong"] = {"minutes": str(round(abs(view.clock_skew_s) / 60))}
    return found


def _meter_entities(entry: ConfigEntry[Any]) -> list[str]:
    ids = {source["id"] for sources in entry.data[CONF_METERS].values() for source in sources}
    return sorted(name for name in ids if valid_entity_id(name))


def _show(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    names: dict[str, str] | None,
    severity: ir.IssueSeverity = ir.IssueSeverity.ERROR,
) -> None:
    """Show an issue with what its text names, or take it back."""
    issue_id = f"{key}_{entry.entry_id}"
    if names is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id},
        is_fixable=key == METERS_MISSING,
        severity=severity,
        translation_key=key,
        translation_placeholders={"home": entry.title, **names},
    )
