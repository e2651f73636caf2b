"""Files that are either whole in their place or not there, whenever the power goes."""

import os
from pathlib import Path


def put_in_place(new: Path, place: Path) -> None:
    """Flush a file to disk and give it its name, in place of what had it."""
    flush(new)
    new.replace(place)
    flush(place.parent)


def flush(path: Path) -> None:
    """Return when a file's content, or a folder's names, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
