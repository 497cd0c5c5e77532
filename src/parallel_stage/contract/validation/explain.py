"""Find violations with jsonschema, and explain them in the words of a contract."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft7Validator
from jsonschema.validators import extend

from parallel_stage.contract.problem import Assign, AssignAll, Problem, Rename
from parallel_stage.contract.schema import schema
from parallel_stage.contract.validation.fast_path import fast_test
from parallel_stage.contract.validation.suggest import closest, is_slip, is_variant, meant_reference, meant_value
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from parallel_stage.contract.text import Route
    from parallel_stage.contract.validation.fast_path import Test

    Schema = Mapping[str, Any]

_LONGEST_VALUE = 60
_LITERAL = re.compile(r"\^([\w-]+)\$")
_NON_BLANK = r"\S"
_RULES = {
    "type": "wrong-type",
    "enum": "unknown-value",
    "minimum": "out-of-range",
    "minLength": "empty-value",
    "maxLength": "out-of-range",
    "pattern": "function-form",
}
_DECISIVE = ("type", "maxLength")
_TYPE_NAMES = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "text",
}


class _Violation(NamedTuple):
    """One keyword of the schema that does not hold, as jsonschema reports it."""

    keyword: str
    wanted: Any
    value: Any
    node: Any
    route: Route


def explain(data: Any, identifier: str) -> list[Problem]:
    """Return every violation of the schema of that id, in the order of the document."""
    found = [
        _Violation(
            str(error.validator), error.validator_value, error.instance, error.schema, tuple(error.absolute_path)
        )
        for error in _validator(identifier).iter_errors(data)
    ]
    # A value of the wrong type is not in the enum, either, and one that is too long not in form: report it once.
    decided = {violation.route for violation in found if violation.keyword in _DECISIVE}
    relevant = [v for v in found if v.keyword in _DECISIVE or v.route not in decided]
    # jsonschema reports each missing key by itself.
    once = {(v.keyword, v.route): v for v in relevant}
    problems = dict.fromkeys(problem for violation in once.values() for problem in _problems(violation))
    order = {key: place for place, key in enumerate(data)} if isinstance(data, dict) else {}
    return sorted(problems, key=lambda problem: order.get(problem.route[0], -1) if problem.route else -1)


def show_value(value: Any) -> str:
    """Return a value as messages show it: on one line, as JSON where possible, shortened."""
    if isinstance(value, (dict, list, set)):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except TypeError:
        text = str(value)
    except ValueError:  # Python does not print an integer of some thousand digits
        text = "an integer beyond 64 bits"
    return shortened(text, _LONGEST_VALUE)


def allowed(node: Schema) -> str:
    """Return what a field's schema allows, as the end of a sentence that starts with "write"."""
    if "enum" in node:
        listed = ", ".join(show_value(choice) for choice in node["enum"])
        return listed if len(node["enum"]) == 1 else f"one of {listed}"
    types = [node["type"]] if isinstance(node["type"], str) else node["type"]
    return " or ".join(_allowed_type(name, node) for name in types)


def _allowed_type(name: str, node: Schema) -> str:
    if name == "integer":
        return f"an integer of at least {node['minimum']}"
    if name == "string":
        return _allowed_text(node)
    if name == "array" and "examples" in node:
        return f"a list, such as {json.dumps(node['examples'][0], ensure_ascii=False)}"
    return {"boolean": "true or false", "object": "a table", "array": "a list"}[name]


def _allowed_text(node: Schema) -> str:
    pattern = node.get("pattern", "")
    if literal := _LITERAL.match(pattern):
        return show_value(literal.group(1))
    if pattern == _NON_BLANK:
        return "text that is not blank"
    if pattern:
        return f"module_or_path:function_name, such as {show_value(node['examples'][0])}"
    return "one character" if node.get("maxLength") == 1 else "text"


def _problems(violation: _Violation) -> Iterator[Problem]:
    keyword, wanted, value, node, route = violation
    if keyword == "required":
        mistyped = set(_meant(value, node).values())  # reported as unknown, with the key that is meant
        missing = [key for key in wanted if key not in value and key not in mistyped]
        if missing:
            yield _missing(route, missing, node["properties"])
    elif keyword == "additionalProperties":
        meant = _meant(value, node)
        rivals = Counter(meant.values())
        for key, known in meant.items():
            yield _unknown_key((*route, key), known, node, free=known not in value and rivals[known] == 1)
    else:
        yield _bad_value(violation)


def _meant(table: Mapping[str, Any], node: Schema) -> dict[str, str | None]:
    """Return the unknown keys of a table, each with the known key that it most likely means."""
    unknown = (key for key in table if key not in node["properties"] and not _matches_pattern(key, node))
    return {key: closest(str(key), node["properties"]) for key in unknown}


def _matches_pattern(key: str, node: Schema) -> bool:
    return any(re.search(pattern, key) for pattern in node.get("patternProperties", ()))


def _missing(route: Route, keys: Sequence[str], nodes: Schema) -> Problem:
    """Return the problem of the missing keys of a table; the fix writes those that have a default."""
    defaults = tuple(Assign((*route, key), nodes[key]["default"]) for key in keys if "default" in nodes[key])
    if len(keys) == 1:
        message = f"the required key {_route_text((*route, *keys))} is missing; add it with {allowed(nodes[keys[0]])}"
        return Problem("missing-key", message, (*route, *keys), on_key=True, change=next(iter(defaults), None))
    listed = ", ".join(_route_text((*route, key)) for key in keys)
    without = [key for key in keys if "examples" in nodes[key] and "default" not in nodes[key]]
    examples = [f"{key} = {show_value(nodes[key]['examples'][0])}" for key in without]
    advice = f"add them, such as {', '.join(examples)}" if examples else "add them"
    message = f"required keys are missing: {listed}; {advice}"
    return Problem("missing-key", message, route, on_key=True, change=AssignAll(defaults) if defaults else None)


def _unknown_key(route: Route, near: str | None, node: Schema, *, free: bool) -> Problem:
    """Return the problem of an unknown key.

    `free`: the near key is absent, and no other unknown key means it.
    """
    change = Rename(route, near) if near and free and is_slip(str(route[-1]), near) else None
    if near:
        advice = f"did you mean {near}?"
    elif "patternProperties" in node:
        advice = f"remove it, or call it x-{route[-1]} if it is for another tool"
    else:
        advice = f"write one of {', '.join(node['properties'])}"
    return Problem("unknown-key", f"unknown key {_route_text(route)}: {advice}", route, on_key=True, change=change)


def _bad_value(violation: _Violation) -> Problem:
    value, node, route = violation.value, violation.node, violation.route
    rule, change = _rule(violation), None
    found = f"{_route_text(route)} is {show_value(value)}"
    advice = f"write {allowed(node)}"
    if violation.keyword == "maxLength" and violation.wanted > 1:
        found += f", {len(value):,} characters"
        advice = f"write at most {violation.wanted:,}"
    if rule == "wrong-type" and isinstance(value, (str, int, float)):
        found += f", {_TYPE_NAMES[type(value)]}"
    elif rule == "unknown-value" and (near := meant_value(str(value), node)):
        advice += f" (did you mean {show_value(near)}?)"
        change = Assign(route, near) if is_variant(str(value), near) else None
    elif rule == "function-form" and (meant := meant_reference(value)):
        advice = meant
    return Problem(rule, f"{found}; {advice}", route, change=change)


def _rule(violation: _Violation) -> str:
    if violation.keyword == "pattern" and not violation.value.strip():
        return "empty-value"
    if violation.keyword == "pattern" and _LITERAL.match(violation.wanted):
        return "unknown-value"
    if violation.keyword == "enum" and violation.route == ("schema",):
        return "unknown-schema"
    return _RULES[violation.keyword]


def _route_text(route: Route) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in route)
    return steps.removeprefix(".") or "the document"


@cache
def _validator(identifier: str) -> Validator:
    tests: dict[int, Test] = {}

    def unproven(validator: Any, nodes: Schema, value: Any, _: Schema) -> Iterator[ValidationError]:
        """Check `properties`, but only members that the fast test does not accept: jsonschema is slow."""
        for name in filter(value.__contains__, nodes) if isinstance(value, dict) else ():
            node = nodes[name]
            if id(node) not in tests:
                tests[id(node)] = fast_test(node)
            if not tests[id(node)](value[name]):
                yield from validator.descend(value[name], node, path=name, schema_path=name)

    # To JSON Schema 1.0 is an integer; TOML, YAML and AGILAB tell the two apart.
    strict = Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    made: Validator = extend(  # type: ignore[no-untyped-call]
        Draft7Validator, validators={"properties": unproven}, type_checker=strict
    )(schema(identifier))
    return made
