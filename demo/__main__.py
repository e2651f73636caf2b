"""`python -m demo`: run by script/demo."""

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import aiohttp

from .children import ChildEnded
from .home_assistant_api import HomeAssistantRefused
from .run import REPOSITORY, Demo

FOLDER: Final = REPOSITORY / ".demo"


def main() -> int:
    """Run the demo until Ctrl-C. Exit code 1, and why, if something in it failed; its folder is then kept."""
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=FOLDER))
    fault = asyncio.run(until_stopped(Demo(folder, int(time.time()))))
    if fault is not None:
        print(f"The demo failed: {fault}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print("The demo has ended.")
    return 0


async def until_stopped(demo: Demo) -> str | None:
    """Return what failed, or None after Ctrl-C, or when the terminal was closed."""
    running = asyncio.ensure_future(demo.run())
    asked = False

    def stop() -> None:
        nonlocal asked
        if not asked:  # a second Ctrl-C must not disturb the end of the others
            asked = True
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    fault = None
    with contextlib.suppress(asyncio.CancelledError):
        try:
            await running
        except* (ChildEnded, HomeAssistantRefused, OSError, aiohttp.ClientError) as errors:
            fault = "; ".join(str(error) or f"it took too long; see {demo.folder}" for error in errors.exceptions)
    return fault


if __name__ == "__main__":
    sys.exit(main())
