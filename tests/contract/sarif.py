#!/usr/bin/env python3
"""Cuts the JSON Schema of SARIF 2.1.0 to its structure: no description, no title.

usage: sarif.py SCHEMA_JSON [OUT_FILE]
  SCHEMA_JSON  OASIS's sarif-schema-2.1.0.json, such as src/schema.json of the crate serde-sarif
  OUT_FILE     default: sarif-2.1.0.json beside this script

One definition a line; the same input gives the same bytes. One pattern of the standard is no regular expression of ECMA 262 (a
bracket stands alone in it) and is written as it was meant.
"""
import json
import sys
from pathlib import Path


BROKEN = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$"
MEANT = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"


def bare(node, names=False):
    """Copies a schema without prose. Below `properties` and `definitions` the keys are names, not keywords."""
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return MEANT if node == BROKEN else node
    prose = () if names else ("description", "title", "$comment")
    return {
        key: bare(value, not names and key in ("properties", "definitions"))
        for key, value in node.items()
        if key not in prose
    }


def lines(schema):
    """Writes the schema with one definition a line."""
    compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    definitions = schema.pop("definitions")
    head = [f"{compact(key)}:{compact(value)}" for key, value in schema.items()]
    body = ",\n".join(f"{compact(name)}:{compact(definitions[name])}" for name in sorted(definitions))
    return "{\n" + ",\n".join(head) + ',\n"definitions":{\n' + body + "\n}}\n"


def main(source, out=None):
    schema = bare(json.loads(Path(source).read_text(encoding="utf-8")))
    target = Path(out) if out else Path(__file__).resolve().parent / "sarif-2.1.0.json"
    target.write_text(lines(schema), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
