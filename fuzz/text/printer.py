# SPDX-License-Identifier: Apache-2.0
"""From a program or case to its canonical text."""

from collections.abc import Iterator

from fuzz.text import names
from fuzz.text.case import Case, DoneIs, EndIs, Expectation, HeadSleeps, Key, Note, ResultIs, TasksAre, WordIs
from model import abi
from model.image import STACK_TOP
from model.program import (
    DEFAULT_PAGES,
    MAX_OPERATIONS,
    Advance,
    Atom,
    Call,
    Exec,
    Exit,
    Head,
    Operand,
    Program,
    Reap,
    Settle,
    Space,
    Step,
    Store,
    Timespec,
)

HEADER = "syslet 1"
CHOICES_A_LINE = 12
ARROW_COLUMN = 24
"""Where `=>` stands behind a step or an operation, unless that is longer."""

_KIND_NAMES = {kind: name for name, kind in names.PAGE_KINDS.items()}
_END_NAMES = {end: name for name, end in names.ENDS.items()}
_ROLE_NAMES = {role: name for name, role in names.ROLES.items()}
_RUNNER_NAMES = {role: name for name, role in names.RUNNERS.items()}


def print_program(program: Program) -> str:
    """The canonical text of a program without comments or expectations."""
    return print_case(Case.of(program))


def print_case(case: Case) -> str:
    """The canonical text of a case. For canonical text `print_case(parse(text)) == text`, with comments."""
    notes = {note.key: note for note in case.notes}
    lines: list[str] = []

    def put(key: Key, text: str) -> None:
        note = notes.get(key, Note(key))
        lines.extend(note.above)
        lines.append(f"{text}  {note.behind}" if note.behind else text)

    put(("syslet", 0), HEADER)
    lines.extend(f"#: {key} {value}".rstrip() for key, value in case.meta)
    if ("about", 0) in notes:
        lines.extend(notes["about", 0].above)
    for key, text in _declarations(case.program):
        put(key, text)
    for key, text in _scripts(case):
        put(key, text)
    for key, text in _actions(case):
        put(key, text)
    if ("end", 0) in notes:
        lines.extend(notes["end", 0].above)
    return "\n".join(lines) + "\n"


def print_step(step: Step) -> str:
    """One step as the text has it: `write(p0.w, pg3, 8)`, `refill h0`, `settle`."""
    match step:
        case Call(nr, args):
            given = ", ".join(names.argument(nr, i, arg) for i, arg in enumerate(args))
            return f"{names.call_name(nr)}({given})"
        case Store(Operand(Space.HEAD, index, abi.AHU_NEW_THREAD_STACK), Operand(Space.INT, 0, value)) if (
            value == STACK_TOP
        ):
            return f"refill h{index}"
        case Store(target, value):
            return f"store {_place(target)} = {names.operand(value, pointer=names.holds_pointer(target))}"
        case Reap(head):
            return f"reap {names.operand(head, pointer=True)}"
        case Settle():
            return "settle"
        case Advance(ticks):
            return f"advance {ticks}"
        case Exit(code):
            return f"exit {code}"
        case Exec(threadlet, stack, head, cached):
            text = f"{names.EXEC}(f{threadlet}, s{stack}, {names.operand(head, pointer=True)})"
            return f"{text} cached" if cached else text


def print_atom(atom: Atom) -> str:
    """One atom's declaration."""
    given = ", ".join(
        "*" + names.operand(arg.operand, pointer=True, word=True)
        if arg.via
        else names.argument(atom.nr, i, arg.operand)
        for i, arg in enumerate(atom.args)
    )
    text = f"atom a{atom.index} = {names.call_name(atom.nr)}({given})"
    if atom.ret != Operand(Space.INT):
        text += f" -> {_place(atom.ret)}"
    if atom.flags:
        text += f" [{print_flags(atom.flags)}]"
    return text + _fields(("next", atom.next), ("private", atom.private)) + _at(atom.at)


def print_flags(flags: int) -> str:
    """Flag names, and the bits without a name as a number: `ASYNC SKIP_TO_NEXT_ON_STOP 0x100`."""
    words = [name for name, bit in abi.FLAG_NAMES.items() if flags & bit]
    rest = flags & ~sum(abi.FLAG_NAMES.values())
    return " ".join([*words, hex(rest)] if rest else words)


def _place(target: Operand) -> str:
    return names.operand(target, pointer=True, word=True)


def _fields(*fields: tuple[str, Operand]) -> str:
    return "".join(f" {name}={names.operand(v)}" for name, v in fields if v != Operand(Space.INT))


def _at(at: Operand | None) -> str:
    return "" if at is None else f" at={names.operand(at, pointer=True)}"


def _head(head: Head) -> str:
    size = head.size
    text = f"head h{head.index}" + _fields(("ring", head.ring))
    if size.space is Space.INT and 0 < size.value < 1 << 15 and size.value % abi.WORD == 0:
        text += f" slots={size.value // abi.WORD}"
    else:
        text += _fields(("size", size))
    return (
        text
        + _fields(
            ("kernel_idx", head.kernel_idx),
            ("user_idx", head.user_idx),
            ("stack", head.stack),
            ("head_stack", head.head_stack),
        )
        + _at(head.at)
    )


def _time(time: Timespec) -> str:
    if time.sec < 0 or not 0 <= time.nsec < 10**9:
        return f"raw({time.sec}, {time.nsec})"
    parts = ((time.sec, "s"), (time.nsec // 10**6, "ms"), (time.nsec % 10**6, "ns"))
    return " ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


def _declarations(program: Program) -> Iterator[tuple[Key, str]]:
    for index, (kind, default) in enumerate(zip(program.pages, DEFAULT_PAGES, strict=True)):
        if kind is not default:
            yield ("page", index), f"page pg{index} {_KIND_NAMES[kind]}"
    for pipe in program.pipes:
        yield ("pipe", pipe), f"pipe p{pipe}"
    for e in program.eventfds:
        mode = " semaphore" if e.semaphore else ""
        yield ("eventfd", e.index), f"eventfd e{e.index} = {names.number(e.count)}{mode}"
    for time in program.timespecs:
        yield ("timespec", time.index), f"timespec t{time.index} = {_time(time)}"
    for head in program.heads:
        yield ("head", head.index), _head(head)
    for atom in program.atoms:
        yield ("atom", atom.index), print_atom(atom)
    for index, poke in enumerate(program.pokes):
        value = names.operand(poke.value, pointer=names.holds_pointer(poke.target))
        yield ("init", index), f"init {_place(poke.target)} = {value}"
    for start in range(0, len(program.chooser), CHOICES_A_LINE):
        some = program.chooser[start : start + CHOICES_A_LINE]
        yield ("choose", start // CHOICES_A_LINE), "choose " + " ".join(f"{c.skip}:{c.pick}" for c in some)


def _scripts(case: Case) -> Iterator[tuple[Key, str]]:
    wanted = {(e.threadlet, e.place): e for e in case.expectations if isinstance(e, DoneIs)}
    for threadlet in case.program.threadlets:
        if not threadlet.script:
            yield ("threadlet", threadlet.index), f"f{threadlet.index}:"
        for place, operation in enumerate(threadlet.script):
            text = f"f{threadlet.index}: {print_step(operation)}"
            if (threadlet.index, place) in wanted:
                text = _expecting(text, print_result(operation, wanted[threadlet.index, place]))
            yield ("operation", threadlet.index * MAX_OPERATIONS + place), text


def _expecting(text: str, result: str) -> str:
    return f"{text:<{ARROW_COLUMN - 1}} => {result}"


def _actions(case: Case) -> Iterator[tuple[Key, str]]:
    results = {e.step: e for e in case.expectations if isinstance(e, ResultIs)}
    others = list(enumerate(e for e in case.expectations if not isinstance(e, ResultIs | DoneIs)))
    steps = case.program.steps
    for position in range(len(steps) + 1):
        last = position == len(steps)
        for i, expectation in others:
            after = min(expectation.after, len(steps))
            if after == position:
                yield ("expect", i), print_expectation(expectation)
        if last:
            return
        text = print_step(steps[position])
        if position in results:
            text = _expecting(text, print_result(steps[position], results[position]))
        yield ("step", position), text


def print_result(step: Step, result: ResultIs | DoneIs) -> str:
    """The alternatives behind `=>`, and by whom."""
    pointer = isinstance(step, Reap) or (isinstance(step, Call) and step.nr == abi.NR_ASYNC_EXEC)
    words = [names.operand(v, pointer=pointer, errno=True) for v in result.values]
    text = " | ".join([*words, "blocked"] if result.blocked else words)
    by = result.by if isinstance(result, DoneIs) else None
    return text if by is None else f"{text} by {_RUNNER_NAMES[by]}"


def print_expectation(expectation: Expectation) -> str:
    """One `expect` line."""
    match expectation:
        case WordIs(_, target, values):
            pointer = names.holds_pointer(target)
            words = " | ".join(names.operand(v, pointer=pointer, errno=True) for v in values)
            return f"expect {_place(target)} = {words}"
        case TasksAre(_, role, count, call):
            return f"expect {_ROLE_NAMES[role]} {count}{_in(call)}"
        case HeadSleeps(_, call):
            return f"expect blocked{_in(call)}"
        case EndIs(_, end):
            return f"expect end {_END_NAMES[end]}"
        case ResultIs() | DoneIs():
            raise TypeError("the result of a step or an operation is printed with it")


def _in(call: int | None) -> str:
    return "" if call is None else f" in {names.sleep_name(call)}"
