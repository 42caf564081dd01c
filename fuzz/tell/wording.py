# SPDX-License-Identifier: Apache-2.0
"""Events of a run in words: the sentence of each, with the names of the program that is run."""

from functools import cache
from string import Formatter
from typing import Any, Final, get_args, get_type_hints

from fuzz.text import names, symbols
from model import abi
from model.clauses import BY_NUMBER
from model.program import Program, Space
from model.spec import events as ev

_KEEPS_CAPITAL: Final = ("STOP_", "SYNC", "NO_COMPLETE")
_PREFIXES: Final = {"stack": "s", "threadlet": "f", "page": "pg"}


def worded(event: ev.Event, program: Program) -> str:
    """What happened, as the middle of a sentence: `p0 is empty, so it sleeps`."""
    template, kinds = _sentence(type(event).__name__)
    return template.format(**{name: _fact(getattr(event, name), kind, program, event) for name, kind in kinds})


@cache
def _sentence(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The sentence of an event as a template, and the facts in it with their kinds."""
    event: type[ev.Event] = getattr(ev, name)
    text = (event.__doc__ or "").strip().removesuffix(".")
    if not text.startswith(("{", *_KEEPS_CAPITAL)):
        text = text[0].lower() + text[1:]
    hints = get_type_hints(event, include_extras=True)
    used = [name for _, name, _, _ in Formatter().parse(text) if name]
    return text, tuple((name, str(get_args(hints[name])[1])) for name in used)


def _fact(value: Any, kind: str, program: Program, event: Any) -> str:
    if "|" in kind:
        return str(kind.split("|")[not value])
    match kind:
        case "address":
            return symbols.name_of(value, word=True)
        case "pointer":
            return symbols.name_of(value, program, pointer=True)
        case "result":
            return symbols.name_of(value, program, pointer=getattr(event, "call", None) == abi.NR_ASYNC_EXEC)
        case "call":
            return names.call_name(value)
        case "part":
            part = names.FIELD_AT[Space.ATOM].get(value - event.atom & abi.MASK)
            what = f"`{part}`" if part else "argument"
            return f"{what}, at {symbols.name_of(value, word=True)}"
        case "object":
            return f"{value.what[0]}{value.number}"
        case "count":
            return f"{names.number(value)} event{'s' * (value != 1)}"
        case "flags":
            return names.flags(value)
        case "clause":
            return str(BY_NUMBER[value].id)
        case "unwritten":
            return f", and {symbols.name_of(value, word=True)} is not written" if value else ""
    return f"{_PREFIXES.get(kind, '')}{value}"
