"""The live dashboard: an experiment that runs at any speed, with buttons that cause things, and a journal of it all."""
