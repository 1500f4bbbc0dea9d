"""Folders for the files that parts under check read: there as long as their owner is."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


def folder_of(owner: object) -> Path:
    """A fresh folder, which goes when its owner does."""
    folder = tempfile.mkdtemp(prefix="sandbox-checks-")
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
