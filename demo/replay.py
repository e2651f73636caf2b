"""Plays the days before now into the operator's ledger: `python -m demo.replay OPTIONS DATA NOW`."""

import logging
import sys
from pathlib import Path

from caravels_operator.app.live import database_url
from caravels_operator.app.replay import replay
from caravels_operator.app.simulation import plan_run
from caravels_operator.options import load_options
from caravels_operator.virtual.measured import shared_data_folder
from caravels_operator.virtual.scenario import load_scenario

from .settings import SCENARIO
from .times import demo_times


def main() -> None:
    """Replay."""
    options_file, data, now = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    logging.getLogger("alembic").setLevel(logging.WARNING)
    options = load_options(options_file)
    times = demo_times(now, options.settings.time_zone)
    plan = plan_run(load_scenario(SCENARIO), shared_data_folder(), times.first, (times.traded - times.first).days)
    replay(plan, options.settings, database_url(options, data), times.begin, now)


if __name__ == "__main__":
    main()
