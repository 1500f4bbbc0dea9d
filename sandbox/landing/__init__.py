"""From source to disk: rows are checked, written aside and renamed, and told in a manifest."""
