"""A live sink: each batch as an Arrow file in a folder, for somebody to pick up."""

from pathlib import Path

import pyarrow as pa

from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, OutletPart


class Spool(OutletPart):
    """A folder of batches."""

    folder: str

    @classmethod
    def shorthand(cls):
        return "folder"

    def touches(self):
        return {"file": [self.folder]}

    def connect(self, errand):
        return Spooling(Path(errand.folder, self.folder))


class Spooling:
    """Every batch is there as soon as it is sent; nothing is ever refused."""

    def __init__(self, folder):
        self.folder, self.rows = folder, 0

    def send(self, batch, faults=None):
        if batch.num_rows:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                aside = self.folder / "aside"
                with pa.ipc.new_file(str(aside), batch.schema) as file:
                    file.write_batch(batch)
                aside.rename(self.folder / f"{len(list(self.folder.glob('*.arrow'))):08d}.arrow")
            except OSError as error:
                raise OutsideError(f"{self.folder}: cannot be written ({error.strerror}).") from error
            self.rows += batch.num_rows

    def account(self):
        return Account(self.rows, self.rows, settled=self.rows)

    def refusals(self):
        return ()

    def flush(self):
        """Nothing waits."""

    def held(self):
        return None

    def close(self):
        """Nothing is held open."""


def spooled(folder):
    """What somebody picks up."""
    for path in sorted(folder.glob("*.arrow")):
        yield from pa.ipc.open_file(str(path)).read_all().to_batches()
