"""Contracts from schema files that teams have: Avro, JSON Schema, SQL, Open Data Contract Standard, samples of rows."""

from sandbox.contract.imports.fields import Field, Hint
from sandbox.contract.imports.imported import Described, Imported
from sandbox.contract.imports.own import write_own
from sandbox.contract.imports.reading import read_schema, read_schemas, read_unlinked

__all__ = ["Described", "Field", "Hint", "Imported", "read_schema", "read_schemas", "read_unlinked", "write_own"]
