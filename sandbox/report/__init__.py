"""Pages that open with no network: the report of a run, its data dictionary and its model cards."""
