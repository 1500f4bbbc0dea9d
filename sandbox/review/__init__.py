"""People who look again: doubtful decisions wait for reviewers with limited hours, and what comes of that."""
