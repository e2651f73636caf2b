"""The steps in which a home names its meters."""

from collections.abc import Sequence
from typing import Any

import probatio
from homeassistant.config_entries import ConfigFlowResult

from ..const import CONF_METERS
from ..energy_preferences import suggested_meters
from ..metering import FindingCode, MeterFinding, check_meters, meters_from
from ..metering.findings import HINTS
from ..metering.sources import WHOLE_PERMILLE, shares_of
from .base import CaravelsFlow, MeterData
from .meter_form import FIELD_DIVIDE, Chosen, chosen_in, form_of, meter_schema, missing
from .shares import (
    PAGE,
    Elsewhere,
    above_whole,
    field_of,
    name_of,
    share_placeholders,
    share_schema,
    shares_elsewhere,
    shares_in,
    suggested_shares,
)

NONE_OF_THEM = "–"


class MeterSteps(CaravelsFlow):
    """Meters, what is to be said of them, and the parts of those that several communities share."""

    def __init__(self) -> None:
        """Begin with no meter."""
        super().__init__()
        self._form: dict[str, Any] = {}
        self._chosen: Chosen = {}
        self._hints: Sequence[MeterFinding] = ()
        self._elsewhere: Elsewhere = {}
        self._own: dict[str, int] = {}
        self._to_ask: list[str] = []
        self._shares: dict[str, int] = {}

    async def async_step_meters(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the meters."""
        errors: dict[str, str] = {}
        names = ""
        if user_input is not None:
            self._form = user_input
            self._chosen = chosen_in(user_input)
            errors = dict.fromkeys(missing(self._chosen), "meter_required")
            if not errors:
                findings = await check_meters(self.hass, meters_from(_whole(self._chosen)))
                blocking = [finding for finding in findings if finding.blocks]
                if not blocking:
                    self._hints = findings
                    return await self._meters_checked()
                code = blocking[0].code
                errors = {"base": f"meter_{code}"}
                names = self._names(blocking, code)
        else:
            self._form = await self._first_form()
        schema = meter_schema(may_divide=self.reconfiguring)
        return self.async_show_form(
            step_id="meters",
            data_schema=self.add_suggested_values_to_schema(schema, self._form),
            errors=errors,
            description_placeholders={"community": self.community_said(), "meters": names},
            last_step=False,
        )

    async def async_step_meters_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Tell what the chosen meters lack, and go on if that is accepted."""
        if user_input is not None:
            return await self.divide_meters()
        return self.async_show_form(
            step_id="meters_confirm",
            data_schema=probatio.Schema({}),
            description_placeholders={
                code.value: self._names(self._hints, code) or NONE_OF_THEM for code in sorted(HINTS)
            },
            last_step=False,
        )

    async def async_step_shares(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which part of each shared meter belongs to this community, a few at a time."""
        meters = self._to_ask[:PAGE]
        errors: dict[str, str] = {}
        if user_input is not None:
            self._elsewhere = self._shares_elsewhere()  # another dialogue may have ended meanwhile
            shares = shares_in(user_input, meters)
            too_much = above_whole(shares, self._elsewhere)
            errors = {field_of(meters.index(meter)): "meter_share_over_whole" for meter in too_much}
            if not errors:
                self._shares |= shares
                self._to_ask = self._to_ask[PAGE:]
                return await self._next_shares()
        suggested = user_input or suggested_shares(meters, self._elsewhere, self._own)
        return self.async_show_form(
            step_id="shares",
            data_schema=self.add_suggested_values_to_schema(share_schema(len(meters)), suggested),
            errors=errors,
            description_placeholders=share_placeholders(self.hass, meters, self._elsewhere),
            last_step=False,
        )

    def community_said(self) -> str:
        """Return what the meters' form says of the community: its name and currency, or the entry's title."""
        return f"{self.hello.community} ({self.hello.currency})" if self.operator_found else self.entry_title()

    async def _first_form(self) -> dict[str, Any]:
        if not self.reconfiguring:
            suggested = await suggested_meters(self.hass)
            return form_of({register: [source.id for source in some] for register, some in suggested.registers()})
        present: MeterData = self._get_reconfigure_entry().data[CONF_METERS]
        self._own = shares_of(present)
        form = form_of({register: [source["id"] for source in some] for register, some in present.items()})
        return form | {FIELD_DIVIDE: any(share < WHOLE_PERMILLE for share in self._own.values())}

    async def _meters_checked(self) -> ConfigFlowResult:
        return await (self.async_step_meters_confirm() if self._hints else self.divide_meters())

    def _shares_elsewhere(self) -> Elsewhere:
        return shares_elsewhere(self.hass, self._get_reconfigure_entry().entry_id if self.reconfiguring else None)

    @property
    def meters_were_taken(self) -> bool:
        """Whether another dialogue took so much of the accepted meters that more than the whole would be taken."""
        return bool(above_whole(shares_of(self.meters or {}), self._shares_elsewhere()))

    async def divide_meters(self) -> ConfigFlowResult:
        """Ask for the parts of meters that several communities share, if there are any; then go on."""
        self._elsewhere = self._shares_elsewhere()
        every = list(dict.fromkeys(one for ids in self._chosen.values() for one in ids))
        divide = self._form.get(FIELD_DIVIDE, False)
        self._to_ask = [meter for meter in every if divide or meter in self._elsewhere]
        self._shares = {}
        return await self._next_shares()

    async def _next_shares(self) -> ConfigFlowResult:
        if self._to_ask:
            return await self.async_step_shares()
        return await self.go_on_with_meters(_whole(self._chosen, self._shares))

    def _names(self, findings: Sequence[MeterFinding], code: FindingCode) -> str:
        ids = dict.fromkeys(finding.id for finding in findings if finding.code is code)
        return ", ".join(name_of(self.hass, one) for one in ids)


def _whole(chosen: Chosen, shares: dict[str, int] | None = None) -> MeterData:
    parts = shares or {}
    return {
        register: [{"id": one, "share": parts.get(one, WHOLE_PERMILLE)} for one in ids]
        for register, ids in chosen.items()
    }
