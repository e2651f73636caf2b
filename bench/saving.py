"""script/bench saving: what the community saved of what it could have saved, over the scenario's four windows.

Real homes, forecasts and bids of the members' agents as built; docs/methods/saving.md defines every figure.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from bench._possible import Ints, least_wh, possible
from bench._report import machine, print_result, table
from bench._window import WINDOW_DAYS, Window, run_window
from caravels_operator.virtual.houses import build_houses
from caravels_operator.virtual.measured import shared_data_folder
from caravels_operator.virtual.scenario import load_scenario

LEAST: Final = {"saving_share": 0.95, "auction_share": 0.55}
MICRO: Final = 1_000_000


class Figures:
    """The figures of some windows together."""

    def __init__(self, windows: Sequence[Window]) -> None:
        meters = [window.meters for window in windows]
        self._windows = windows
        self._alone = [meter.alone_micro() for meter in meters]
        self.alone = _total(self._alone)
        most = [possible(m.import_wh, m.export_wh, m.avoidable_micro_kwh, m.feed_in_micro_kwh) for m in meters]
        self.possible = sum(one.micro for one in most)
        self.gross_wh = sum(least_wh(m.import_wh, m.export_wh) for m in meters)
        net = [m.import_wh - m.export_wh for m in meters]
        self.net_wh = sum(least_wh(np.maximum(one, 0), np.maximum(-one, 0)) for one in net)
        self.contracted_wh = _total(window.contracted_wh for window in windows)
        self.met_wh = sum(
            int(np.minimum(window.contracted_wh, np.minimum(m.import_wh.sum(axis=0), m.export_wh.sum(axis=0))).sum())
            for window, m in zip(windows, meters, strict=True)
        )

    def saving_share(self, paid: Callable[[Window], Ints]) -> float:
        """Return (alone - what was paid) / possible."""
        return (self.alone - _total(paid(window) for window in self._windows)) / self.possible

    def worse_off(self, paid: Callable[[Window], Ints]) -> int:
        """Return how many members paid more than alone, each window's counted for itself."""
        pairs = zip(self._windows, self._alone, strict=True)
        return sum(int((paid(window) > alone).sum()) for window, alone in pairs)

    def result(self) -> dict[str, object]:
        """Return the figures by their keys."""
        return {
            "saving_share": round(self.saving_share(lambda window: window.settled.paid), 4),
            "saving_share_before_fees": round(self.saving_share(lambda window: window.settled.before_fees), 4),
            "auction_share": round(self.contracted_wh / self.gross_wh, 4),
            "auction_share_net": round(self.contracted_wh / self.net_wh, 4),
            "auction_share_met": round(self.met_wh / self.gross_wh, 4),
            "worse_off": self.worse_off(lambda window: window.settled.before_fees),
            "worse_off_after_fees": self.worse_off(lambda window: window.settled.paid),
            "worse_off_before": self.worse_off(lambda window: window.settled.before_no_loss),
            "strict_saving_share": round(self.saving_share(lambda window: window.strict.paid), 4),
            "strict_saving_share_before_fees": round(self.saving_share(lambda window: window.strict.before_fees), 4),
            "strict_worse_off": self.worse_off(lambda window: window.strict.before_no_loss),
            "strict_worse_off_after_no_loss": self.worse_off(lambda window: window.strict.before_fees),
            "estimated_readings": sum(window.meters.estimated for window in self._windows),
        }


def main() -> int:
    """Run the windows; exit code 1 where a bar is missed."""
    scenario = load_scenario("paper")
    houses = build_houses(scenario, shared_data_folder())
    real = [house.member.id for house in houses if house.load_source.startswith("measured")]
    if not real:
        print("There are no real homes: set CARAVELS_SHARED to the folder with data/fontana17.", file=sys.stderr)
        return 1
    print(f"{len(houses)} members ({', '.join(real)} are real homes), {machine()}\n")
    windows = [run_window(scenario, houses, first) for first in scenario.bench_starts]
    _check(windows)
    every = {f"{window.first} + {WINDOW_DAYS} days": Figures([window]) for window in windows}
    every["together"] = Figures(windows)
    print(table(_HEADER, [_energy(name, figures) for name, figures in every.items()]), end="\n\n")
    results = {name: figures.result() for name, figures in every.items()}
    print(table(("", *every), [[key, *(str(one[key]) for one in results.values())] for key in results["together"]]))
    result = results["together"]
    print_result(result)
    missed = [key for key, least in LEAST.items() if float(str(result[key])) < least]
    return 1 if missed or result["worse_off"] else 0


_HEADER: Final = (
    "",
    "alone EUR",
    "possible EUR",
    "saved EUR",
    "contracted kWh",
    "least(surplus, demand) kWh",
    "net kWh",
)


def _energy(name: str, figures: Figures) -> list[str]:
    saved = figures.saving_share(lambda window: window.settled.paid) * figures.possible
    energy = (figures.contracted_wh, figures.gross_wh, figures.net_wh)
    money = (figures.alone, figures.possible, saved)
    return [name, *(f"{micro / MICRO:.2f}" for micro in money), *(f"{wh / 1_000:.1f}" for wh in energy)]


def _check(windows: Sequence[Window]) -> None:
    """Raise if the figures cannot be: contracts that differ by the switch, or a correction that is not a transfer."""
    for window in windows:
        for settled in (window.settled, window.strict):
            if settled.no_loss.sum() or settled.fees.sum() != window.strict.fees.sum():
                raise ValueError(f"the ledger of {window.first} does not add up")


def _total(arrays: Iterable[Ints]) -> int:
    return sum(int(array.sum()) for array in arrays)


if __name__ == "__main__":
    sys.exit(main())
