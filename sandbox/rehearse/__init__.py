"""The swap rehearsed: a pretended real out of the scenario, with faults, and whether verify and gap name each."""
