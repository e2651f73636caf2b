"""The contract's messages as JSON Schema, with the words that stand in their source."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any, get_args

import msgspec

from caravels_operator.common.protocol import Message
from caravels_operator.common.protocol.base import Part
from caravels_operator.common.protocol.stream import MemberFrame, OperatorFrame, Push

type Schema = dict[str, Any]

UNIONS = {"OperatorFrame": OperatorFrame, "MemberFrame": MemberFrame, "Push": Push}


def messages() -> list[type[Message]]:
    """Return every message of the contract, in order of declaration."""
    return list(Message.__subclasses__())


def parts() -> list[type[Part]]:
    """Return every row that messages are made of, in order of declaration."""
    return list(Part.__subclasses__())


def tag_of(message: type[Message]) -> str:
    """Return the value of `type` that names a message on the wire."""
    return str(message.__struct_config__.tag)


def components(ref_template: str) -> dict[str, Schema]:
    """Return a schema for every message, part, enumeration and union of frames, by name.

    Args:
        ref_template: how a schema refers to another, with `{name}`.
    """
    _, schemas = msgspec.json.schema_components((*messages(), *parts()), ref_template=ref_template)
    for struct in (*messages(), *parts()):
        _add_words(schemas[struct.__name__], struct)
    for name, union in UNIONS.items():
        schemas[name] = _union(name, get_args(union), ref_template)
    # On the wire an event's body is one of the pushes; in Python it stays bytes, so that newer kinds pass.
    body = schemas["Event"]["properties"]["body"]
    body["$ref"] = ref_template.format(name="Push")
    return dict(sorted(schemas.items()))


def json_schema() -> Schema:
    """Return one JSON Schema document with every message below `$defs`; it accepts any of them."""
    defs = components("#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CARAVELS: messages between member and operator",
        "oneOf": [{"$ref": f"#/$defs/{message.__name__}"} for message in messages()],
        "$defs": defs,
    }


def field_words(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstrings below a struct's fields, by field."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    words: dict[str, str] = {}
    for field, text in pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as words_below)):
                words[name] = " ".join(words_below.split())
    return words


def _add_words(schema: Schema, struct: type[msgspec.Struct]) -> None:
    for name, words in field_words(struct).items():
        field = schema["properties"][name]
        unit = field.get("description")
        field["description"] = f"{words} [{unit}]" if unit else words


def _union(name: str, members: tuple[type[Message], ...], ref_template: str) -> Schema:
    refs = {tag_of(member): ref_template.format(name=member.__name__) for member in members}
    return {
        "title": name,
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }
