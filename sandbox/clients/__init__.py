"""What a source and a sink of the same outside system share: how it is reached, and what its errors mean."""
