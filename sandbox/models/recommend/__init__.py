"""Recommending: from what people did with items to a list for one of them."""
