"""A disk that is soon full: a small ext4 in a file, mounted while a test runs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotPermitted(Exception):
    """This machine or user cannot mount."""


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Yield a folder on a file system of its own.

    Raises:
        NotPermitted: that takes root, mkfs.ext4 and loop devices.
    """
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        raise NotPermitted("mounting a small disk takes root and mkfs.ext4")
    folder = Path(tempfile.mkdtemp(prefix="caravels-disk-"))
    folder.chmod(0o711)  # a server that runs as another user must pass through
    image, place = folder / "image", folder / "disk"
    with image.open("wb") as stream:
        stream.truncate(megabytes * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True, capture_output=True)
    place.mkdir()
    mounted = subprocess.run(["mount", "-o", "loop", image, place], check=False, capture_output=True, text=True)
    if mounted.returncode:
        shutil.rmtree(folder)
        raise NotPermitted(f"a loop device cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True, capture_output=True)
        shutil.rmtree(folder)
