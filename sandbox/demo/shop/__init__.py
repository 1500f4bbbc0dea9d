"""The shop: a storefront of a scenario's products, what rules show beside what a model shows, and what a click does."""
