"""The store of pictures: a scenario's products in SQLite, each with an SVG that was drawn for it.

Recommendations are ids; what a page shows for an id lies in another store, here as in the real shop.
"""

from sandbox.catalogue.making import catalogue_of
from sandbox.catalogue.picture import picture
from sandbox.catalogue.roles import Roles, roles_of
from sandbox.catalogue.store import Catalogue, Product

__all__ = ["Catalogue", "Product", "Roles", "catalogue_of", "picture", "roles_of"]
