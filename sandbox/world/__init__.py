"""The world whose truth is known: every dataset of a plan, made by address."""
