"""What one shows: pages over a server of recommendations, with no request to anywhere else."""
