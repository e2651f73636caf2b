"""Named points at which a test kills the process, so that every "what if it stops just here" is tried for real.

CARAVELS_CRASH_AT=name kills at the first pass of that point, name:N at the Nth. Without the variable nothing happens.
"""

import os
import signal
from itertools import count
from typing import Final

_NAME, _, _PASS = os.environ.get("CARAVELS_CRASH_AT", "").partition(":")
_FATAL_PASS: Final = int(_PASS or 1)
_passes = count(1)


def at_crash_point(name: str) -> None:
    """Kill this process with SIGKILL if the environment asks for it at this point."""
    if name == _NAME and next(_passes) == _FATAL_PASS:
        os.kill(os.getpid(), signal.SIGKILL)
