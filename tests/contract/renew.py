#!/usr/bin/env python3
"""Cuts GitHub's API descriptions to the facts that the contract tests hold against.

usage: renew.py OPENAPI_JSON SCHEMA_GRAPHQL [OUT_DIR]
  OPENAPI_JSON    generated/api.github.com.json of the npm package @octokit/openapi
  SCHEMA_GRAPHQL  schema.graphql of the npm package @octokit/graphql-schema
  OUT_DIR         receives openapi.json and schema.graphql; default: this script's folder

Which operations are kept is said by operations.txt beside this script.  Facts only: names,
types and shapes; no description, summary, title or example.  Same input, same bytes.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The keywords of a schema that say what a value may be; everything else is prose or tooling.
PLAIN = (
    "type", "enum", "required", "nullable", "format", "pattern", "default",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "minProperties", "maxProperties", "uniqueItems",
)
LISTS = ("oneOf", "anyOf", "allOf")
SINGLE = ("items", "additionalProperties", "not")
JSON_TYPES = ("application/json", "application/vnd.github.object")


def resolve(document, node):
    """Follows local references until the node is an object of its own."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def schema(node, reached):
    """Copies a schema without prose; the names of the components that it names go to `reached`."""
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/components/schemas/")
        assert "/" not in name, f"a reference outside the schemas: {node['$ref']}"
        reached.add(name)
        return {"$ref": node["$ref"]}
    kept = {key: node[key] for key in PLAIN if key in node}
    if kept.get("default", 0) is None:
        del kept["default"]
    for key in LISTS:
        if key in node:
            kept[key] = [schema(part, reached) for part in node[key]]
    for key in SINGLE:
        if key in node:
            kept[key] = schema(node[key], reached)
    if "properties" in node:
        kept["properties"] = {
            name: schema(part, reached) for name, part in node["properties"].items()
        }
    return kept


def body(content, reached):
    """The schema of a body's JSON form; None where it has none."""
    for media_type in JSON_TYPES:
        if media_type in content:
            return schema(content[media_type].get("schema", {}), reached)
    return None


def parameter(document, node, reached):
    """One path, query or header parameter."""
    node = resolve(document, node)
    kept = {"name": node["name"], "in": node["in"]}
    if node.get("required"):
        kept["required"] = True
    if node.get("x-multi-segment"):
        kept["multiSegment"] = True
    kept["schema"] = schema(node.get("schema", {}), reached)
    return kept


def operation(document, path_item, node, reached):
    """One operation: parameters, request body, answers by status."""
    kept = {}
    parameters = path_item.get("parameters", []) + node.get("parameters", [])
    if parameters:
        kept["parameters"] = [parameter(document, entry, reached) for entry in parameters]
    if "requestBody" in node:
        request = resolve(document, node["requestBody"])
        kept["requestBody"] = {
            "required": bool(request.get("required")),
            "schema": body(request["content"], reached),
        }
    kept["responses"] = {}
    for status, answer in sorted(node["responses"].items()):
        found = body(resolve(document, answer).get("content", {}), reached)
        kept["responses"][status] = {} if found is None else {"schema": found}
    return kept


def components(document, reached):
    """Every component that is reached, and what those reach."""
    done, waiting = {}, sorted(reached)
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        more = set()
        done[name] = schema(document["components"]["schemas"][name], more)
        waiting.extend(more)
    return dict(sorted(done.items()))


def wanted():
    """The lines of operations.txt as (method, path)."""
    text = (HERE / "operations.txt").read_text(encoding="utf-8")
    return [tuple(line.split(" ")) for line in text.splitlines() if line]


def cut_openapi(document):
    """The facts of the operations that are wanted, in the layout of an OpenAPI description."""
    # GitHub gives these two for any 422, whichever of them an operation names.
    reached = {"basic-error", "validation-error", "validation-error-simple"}
    paths, missing = {}, []
    for method, path in wanted():
        path_item = document["paths"].get(path, {})
        if method.lower() not in path_item:
            missing.append(f"{method} {path}")
            continue
        facts = operation(document, path_item, path_item[method.lower()], reached)
        paths.setdefault(path, {})[method.lower()] = facts
    if missing:
        sys.exit("not in the description:\n  " + "\n  ".join(missing))
    return {
        "openapi": document["openapi"],
        "info": {"version": document["info"]["version"]},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": components(document, reached)},
    }


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write_openapi(facts, target):
    """Writes one operation and one component a line, so that a renewal can be read as a diff."""
    paths = []
    for path, methods in facts["paths"].items():
        lines = [f"  {compact(method)}:{compact(entry)}" for method, entry in methods.items()]
        paths.append(f" {compact(path)}:{{\n" + ",\n".join(lines) + "\n }")
    schemas = [
        f" {compact(name)}:{compact(entry)}"
        for name, entry in facts["components"]["schemas"].items()
    ]
    target.write_text(
        f'{{"openapi":{compact(facts["openapi"])},"info":{compact(facts["info"])},"paths":{{\n'
        + ",\n".join(paths)
        + '\n},"components":{"schemas":{\n'
        + ",\n".join(schemas)
        + "\n}}}\n",
        encoding="utf-8",
    )


def cut_graphql(text):
    """The whole schema without descriptions, reasons of deprecation and blank lines."""
    text = re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""', "", text, flags=re.S)
    text = re.sub(r'^\s*"(?:[^"\\\n]|\\.)*"\s*$', "", text, flags=re.M)
    text = re.sub(r'@deprecated\(\s*reason:\s*"(?:[^"\\\n]|\\.)*"\s*\)', "@deprecated", text)
    # Arguments stand on lines of their own only because of their descriptions.
    text = re.sub(r"\(\s*\n([^()]*)\n\s*\)", join_arguments, text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    lines = [re.sub(r"^ +", " ", line) for line in lines]
    return "\n".join(once_a_type(lines)) + "\n"


def once_a_type(lines):
    """Drops a member that a type states twice, word for word, as EnterpriseOwnerInfo does."""
    seen = set()
    for line in lines:
        if not line.startswith(" "):
            seen.clear()
        elif line in seen:
            continue
        else:
            seen.add(line)
        yield line


def join_arguments(found):
    parts = [line.strip() for line in found.group(1).splitlines() if line.strip()]
    return "(" + ", ".join(parts) + ")"


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    target = Path(sys.argv[3]) if len(sys.argv) == 4 else HERE
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    write_openapi(cut_openapi(document), target / "openapi.json")
    schema_text = Path(sys.argv[2]).read_text(encoding="utf-8")
    (target / "schema.graphql").write_text(cut_graphql(schema_text), encoding="utf-8")


if __name__ == "__main__":
    main()
