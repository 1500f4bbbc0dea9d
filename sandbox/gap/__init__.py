"""How far the dummy is from the real data: each distance also as a ratio to what real data differs from itself."""
