"""From source to disk: rows are checked, written aside and renamed, and told in a manifest."""

from sandbox.landing.comparing import Difference, compare
from sandbox.landing.landing import Landed, land
from sandbox.landing.layout import Shape
from sandbox.landing.manifest import DatasetEntry, Manifest, read_manifest, verify_manifest
from sandbox.landing.progress import Progress
from sandbox.landing.reading import accepted_batches
from sandbox.landing.receipts import PartEntry

__all__ = [
    "DatasetEntry",
    "Difference",
    "Landed",
    "Manifest",
    "PartEntry",
    "Progress",
    "Shape",
    "accepted_batches",
    "compare",
    "land",
    "read_manifest",
    "verify_manifest",
]
