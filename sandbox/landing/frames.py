"""A table as a pandas frame: whole numbers stay whole where some are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The rows of a table for pandas.

    By itself pandas makes floats of whole numbers with nulls, and an id of 64 bits is then another one.
    """
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas()
    for field in table.schema:
        if pa.types.is_integer(field.type) and table.column(field.name).null_count:
            kind = pd.api.types.pandas_dtype(str(field.type).replace("uint", "UInt").replace("int", "Int"))
            frame[field.name] = table.column(field.name).to_pandas(types_mapper={field.type: kind}.get)
    return frame
