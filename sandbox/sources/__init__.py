"""Where rows come from: simulated worlds, files and databases, all behind one contract."""
