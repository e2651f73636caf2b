"""How things stand between this home, its operator and its meters."""

from dataclasses import dataclass
from typing import Final

from ..common.member.state import AgentState, LinkState

TROUBLES: Final = frozenset(
    {
        LinkState.AWAY,
        LinkState.REJECTED,
        LinkState.INCOMPATIBLE,
        LinkState.WRONG_FINGERPRINT,
        LinkState.FAILED_HERE,
    }
)
"""States in which an attempt to reach the operator has failed."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """What is shown of the link and of the metering.

    Attributes:
        state: how things stand with the operator; the attempts of one outage are all shown as that outage.
        problem: one sentence that says what is wrong and what to do, or None.
        community: name of the community, "" before it is known.
        member_id: who this home is to its operator, "" without one.
        clock_skew_s: own clock minus the operator's at the last hello [s], or None before it.
        meter_problem: what is wrong with the meters, or None.
        read_until: end of the last reading that is journalled [Unix s], or None before it.
        fault: the last error that is a fault of this program, or None.
    """

    state: LinkState
    problem: str | None
    community: str
    member_id: str
    clock_skew_s: int | None
    meter_problem: str | None
    read_until: int | None
    fault: str | None


def link_view(state: AgentState, before: LinkView | None = None) -> LinkView:
    """Return what to show of the link.

    Args:
        state: the agent's state.
        before: what was shown last: an agent that tries again after a failure is shown as failed until it succeeds.
    """
    link, problem = state.link, state.problem
    if link is LinkState.CONNECTING and before is not None and before.state in TROUBLES:
        link, problem = before.state, before.problem
    return LinkView(
        state=link,
        problem=problem,
        community=state.hello.community if state.hello else "",
        member_id=state.member_id,
        clock_skew_s=state.clock_skew_s,
        meter_problem=state.meter_problem,
        read_until=state.read_until,
        fault=state.fault,
    )
