"""Campaigns as experiments: whom a model scores high is contacted, a holdout is not, and the truth is known."""
