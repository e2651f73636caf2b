"""What the steps of all dialogues share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlow, ConfigFlowResult

from ..common.protocol import Hello, PairingLink

type MeterData = Mapping[str, list[dict[str, Any]]]
"""Register -> `[{"id": entity or statistic id, "share": permille}]`, as in an entry's data."""


class CaravelsFlow(ConfigFlow, ABC):
    """What was entered so far, and where each dialogue goes on after the steps that several have.

    Attributes:
        link, hello: a pairing link and what its operator said of itself; there are both once `operator_found`.
        token: the credential made for the link; the same for every attempt, so that a lost answer can be repeated.
        meters: the meters, once they were accepted.
        options: the home's wishes.
    """

    link: PairingLink
    hello: Hello
    token: str

    def __init__(self) -> None:
        """Begin with nothing."""
        self.operator_found = False
        self.meters: MeterData | None = None
        self.options: dict[str, Any] = {}

    @property
    def reconfiguring(self) -> bool:
        """Whether this changes an entry."""
        return self.source == SOURCE_RECONFIGURE

    @abstractmethod
    def entry_title(self) -> str:
        """Return what people call the entry that this is about, where there is no community."""

    @abstractmethod
    async def go_on_with_operator(self) -> ConfigFlowResult:
        """Go on after an operator was found."""

    @abstractmethod
    async def go_on_with_meters(self, meters: MeterData) -> ConfigFlowResult:
        """Go on after the meters were accepted."""

    @abstractmethod
    async def join_community(self) -> ConfigFlowResult:
        """Exchange the link's code and end the dialogue, or raise one of the `REFUSALS`."""
