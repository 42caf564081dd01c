# SPDX-License-Identifier: Apache-2.0
"""Events of a run in words: the sentence of each, with the names of the program that is run."""

from functools import cache
from string import Formatter
from typing import Any, Final, get_args, get_type_hints

from fuzz.tell.naming import Words
from fuzz.text import names
from model.clauses import BY_NUMBER
from model.spec import events as ev
from model.spec.names import Place

_KEEPS_CAPITAL: Final = ("STOP_", "SYNC", "NO_COMPLETE")


def worded(event: ev.Event, words: Words) -> str:
    """What happened, as the middle of a sentence: `p0 is empty, so it sleeps`."""
    template, kinds = _sentence(type(event).__name__)
    if not kinds:
        return template
    call = getattr(event, "call", None)
    return template.format(**{name: _fact(getattr(event, name), kind, words, call) for name, kind in kinds})


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


def _fact(value: Any, kind: str, words: Words, call: int | None) -> str:
    if "|" in kind:
        return str(kind.split("|")[not value])
    match kind:
        case "address":
            return words.place(value)
        case "pointer":
            return words.thing(value)
        case "result":
            return words.value(value, -1 if call is None else call)
        case "call":
            return str(names.call_name(value))
        case "object":
            return object_name(value)
        case "count":
            return f"{names.number(value)} event{'s' * (value != 1)}"
        case "flags":
            return names.flags(value)
        case "clause":
            return str(BY_NUMBER[value].id)
        case "unwritten":
            return f", and {words.place(value)} is not written" if value else ""
    return f"{_PREFIXES.get(kind, '')}{value}"


_PREFIXES: Final = {"stack": "s", "threadlet": "f", "page": "pg"}


def object_name(place: Place) -> str:
    """A pipe or eventfd as a program names it."""
    return f"{place.what[0]}{place.number}"


def clauses_of(event: ev.Event) -> tuple[int, ...]:
    """The clause that demands an event, for citing; those that apply besides go without saying."""
    return () if event.clause is None else (event.clause,)
