"""What data must look like: types, contracts, and the check that splits what conforms from what does not."""
