"""Is the data what the contract promised? Every rule counted over a source: who breaks it, and since when."""
