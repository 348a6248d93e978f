"""The JSON Schema of the hand-over record, for those who receive records.

Reads one file of the package; knows nothing about models.
"""

import json
from importlib.resources import files
from typing import Any


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``TriageRecord.to_dict``.

    Every call returns a fresh copy. Validating needs a package of your choice::

        jsonschema.validate(record.to_dict(), record_schema())

    Example:
        >>> record_schema()["properties"]["status_formal"]["const"]
        'informasi_awal'
    """
    text = files(__package__).joinpath("record.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
