"""Contracts in the formats that others read, and what these have no word for."""

from sandbox.contract.exports.avro import avro_schema, export_avro
from sandbox.contract.exports.exported import Exported

__all__ = ["Exported", "avro_schema", "export_avro"]
