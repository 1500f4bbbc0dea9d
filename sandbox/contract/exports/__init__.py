"""Contracts in the formats that others read, and what these have no word for."""

from sandbox.contract.exports.avro import avro_schema, export_avro
from sandbox.contract.exports.ddl import DIALECTS, export_ddl
from sandbox.contract.exports.exported import Exported
from sandbox.contract.exports.json_schema import export_json_schema, json_schema
from sandbox.contract.exports.odcs import export_odcs
from sandbox.contract.exports.pydantic_model import export_pydantic

__all__ = [
    "DIALECTS",
    "Exported",
    "avro_schema",
    "export_avro",
    "export_ddl",
    "export_json_schema",
    "export_odcs",
    "export_pydantic",
    "json_schema",
]
