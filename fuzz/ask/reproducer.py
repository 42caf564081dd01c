# SPDX-License-Identifier: Apache-2.0
"""A program as a C file of its own: the arena, the objects and the steps, with what a run of the specification shows.

It needs libsyslet and a kernel with syslets, nothing of ours. It compares what each step returns and what lies in
memory at the end with one run that the specification allows, the one without choices, and ends with 1 where they
differ.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs

from fuzz.text import Case, print_program
from fuzz.text.printer import print_step
from fuzz.text.symbols import name_of, print_numbered
from model import abi
from model import image as layout
from model.image import ARENA, BASE, PAGE, Image
from model.program import Atom, Call, PageKind, Program
from model.spec import run
from model.spec.world.objects import FIRST_NUMBER, NUMBERS_END
from model.trace import Ended, Result, Trace

_CALL_WORDS: Final = 1 + abi.MAX_ARGS
_IDENTITY: Final = (abi.NR_GETPID, abi.NR_GETTID)
"""Calls whose results are another number each time."""
_MAKE_NUMBERS: Final = (abi.NR_DUP, abi.NR_DUP2, abi.NR_DUP3, abi.NR_EVENTFD2, abi.NR_PIPE2)
"""Calls that look at which descriptors are free."""
_LINE: Final = 12
_TEMPLATE: Final = Path(__file__).with_name("reproducer.c")
_PROTECTION: Final = {
    PageKind.ABSENT: "PROT_NONE",
    PageKind.READ_ONLY: "PROT_READ",
    PageKind.READ_WRITE: "PROT_READ | PROT_WRITE",
    PageKind.COLD: "PROT_READ | PROT_WRITE",
}


def needs(case: Case) -> list[str]:
    """What the program needs that an ordinary run does not give it."""
    program = case.program
    told = []
    if program.chooser:
        choices = " ".join(f"{x.skip}:{x.pick}" for x in program.chooser)
        told.append(
            f"a schedule: choose {choices}. A kernel runs its tasks in an order of its own; `syslet run --target uml` "
            "makes these choices"
        )
    if case.deep:
        told.append("tasks that are preempted inside pipes, eventfds and futexes (`syslet run --preempt deep`)")
    if program.threads:
        told.append(
            "the right to SCHED_FIFO (root has it), by which its threads take turns on one processor. Threads that "
            "settle go on one after another, and not together, as `syslet run --target uml` lets them"
        )
    if PageKind.COLD in program.pages:
        told.append("a cold page, which comes in one tick after the first touch; here it is there from the start")
    return told


def emit(case: Case, name: str) -> str:
    """The C file. `name` is the program's."""
    program = case.program
    image = layout.build(program)
    trace = run.run(layout.build(_without_choices(program)))
    tables = [*_memory(image), *_words(image, trace), f"#define SLEEPS_FOR_GOOD {int(_sleeps(trace))}"]
    frame = _TEMPLATE.read_text(encoding="utf-8").replace("@TABLES@", "\n".join(tables))
    count = 1 + len(program.threads)
    frame = frame.replace("@THREADS@", f"#define THREADS {count}\n\nstatic int threads = THREADS;\n")
    parts = [*_scripts(program, image), *_threads(program, image, trace), *_main(program, image, trace)]
    return "\n".join([_comment(case, name), frame, *parts])


def _without_choices(program: Program) -> Program:
    return attrs.evolve(program, chooser=())


def _sleeps(trace: Trace) -> bool:
    last = trace.events[-1]
    return isinstance(last, Ended) and last.end.name == "STUCK"


def _comment(case: Case, name: str) -> str:
    lines = [
        f"{name}: made by `syslet emit-c`.", "",
        "cc -o reproducer THIS.c $(pkg-config --cflags --libs libsyslet) && syslet boot -- ./reproducer", "",
        *(f"IT NEEDS {x}." for x in needs(case)), *([""] if needs(case) else []),
        *print_program(case.program).splitlines(),
    ]  # fmt: skip
    body = "\n".join(f" * {line}".rstrip().replace("*/", "* /") for line in lines)
    return f"// SPDX-License-Identifier: Apache-2.0\n/*\n{body}\n */"


def _numbers(values: Iterable[int]) -> Iterator[str]:
    texts = [f"{x}," for x in values]
    for start in range(0, len(texts), _LINE):
        yield "\t" + " ".join(texts[start : start + _LINE])


def _memory(image: Image) -> Iterator[str]:
    """What differs from zeros and from the pattern of the data pages, in runs."""
    yield "static const struct {\n\tunsigned int at, count;\n\tunsigned char bytes[256];\n} memory[] = {"
    for at, data in _runs(image.memory, layout.BLANK):
        yield f"\t{{ {at}, {len(data)}, {{ {', '.join(map(str, data))} }} }},"
    yield "\t{ 0, 0, { 0 } },\n};\n"


def _runs(memory: bytes, blank: bytes) -> Iterator[tuple[int, bytes]]:
    """Words that differ, joined where they are neighbours."""
    start = -1
    for at in range(0, ARENA + 8, 8):
        differs = at < ARENA and memory[at : at + 8] != blank[at : at + 8]
        if differs and start < 0:
            start = at
        if start >= 0 and (not differs or at - start == 256):
            yield start, memory[start:at]
            start = at if differs else -1


def _scripts(program: Program, image: Image) -> Iterator[str]:
    for threadlet in program.threadlets:
        script = image.scripts[threadlet.index]
        yield f"static long f{threadlet.index}(void *data)\n{{\n\t(void)data;"
        for words, operation in zip(script, threadlet.script, strict=True):
            yield f"\t{_made(words)}; /* {_safe(print_step(operation))} */"
        yield "\treturn threadlet_complete();\n}\n"


def _made(words: tuple[int, ...]) -> str:
    """The expression of a step or an operation, whose value is its result."""
    op, *rest = words
    arguments = ", ".join(_hex(x) for x in rest)
    match op:
        case layout.OP_CALL:
            return f"call({', '.join([_hex(x) for x in rest] + ['0'] * (_CALL_WORDS - len(rest)))})"
        case layout.OP_STORE:
            return f"put({arguments})"
        case layout.OP_REAP:
            return f"reap({_hex(rest[0])})"
        case layout.OP_EXEC:
            return f"threadlet_exec(f{rest[0]}, stacks[{rest[1]}], (void *){_hex(rest[2])})"
    raise AssertionError(op)


def _hex(value: int) -> str:
    return f"{value & abi.MASK:#x}" if abs(value) > 9 else str(value)


def _safe(text: str) -> str:
    return text.replace("*/", "* /")


def _words(image: Image, trace: Trace) -> Iterator[str]:
    """Where memory is changed in an allowed run, and what lies there at its end."""
    memory = bytearray(image.memory)
    changed: set[int] = set()
    for event in trace.events:
        seen = getattr(event, "seen", None)
        for offset, data in seen.changes if seen is not None else ():
            memory[offset : offset + len(data)] = data
            changed.update(range(offset & ~7, offset + len(data), 8))
    yield "static const struct {\n\tuint64_t where, allowed;\n\tconst char *name;\n} words[] = {"
    for offset in sorted(changed):
        value = int.from_bytes(memory[offset : offset + 8], "little")
        if value in trace.tids or (value & 0xFFFFFFFF) in trace.tids:
            continue  # another number each time
        yield f'\t{{ {BASE + offset:#x}, {_hex(value)}, "{name_of(BASE + offset, word=True)}" }},'
    yield "\t{ 0, 0, 0 },\n};\n"


def _makes_numbers(program: Program) -> bool:
    steps = [*program.all_steps, *[operation for x in program.threadlets for operation in x.script]]
    made = {x.nr for x in (*program.atoms, *steps) if isinstance(x, Atom | Call)}
    return not made.isdisjoint(_MAKE_NUMBERS)


def _main(program: Program, image: Image, trace: Trace) -> Iterator[str]:
    yield f"int main(void)\n{{\n\tunsigned char *arena = (unsigned char *){BASE:#x};"
    yield "\tvoid *stacks[8] = { 0 };\n\tint ends[2];\n\tsize_t i;\n"
    yield "\tif (!syslet_available()) {"
    yield '\t\tfputs("no syslets in this kernel; try: syslet boot -- PROGRAM\\n", stderr);'
    yield "\t\treturn 77;\n\t}\n\tsignal(SIGPIPE, SIG_IGN);\n\tsignal(SIGALRM, never);\n\talarm(60);"
    yield f"\tif (mmap(arena, {ARENA}, PROT_READ | PROT_WRITE,"
    yield "\t\t MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != arena)"
    yield '\t\tdie("mmap");'
    yield f"\tfor (i = 0; i < {layout.DATA_BYTES}; i++)\n\t\tarena[{layout.DATA_AT} + i] = (7 * i + 3) % 251;"
    yield "\tfor (i = 0; memory[i].count; i++)\n\t\tmemcpy(arena + memory[i].at, memory[i].bytes, memory[i].count);"
    yield "\tfor (i = 0; i < 8; i++)\n\t\tstacks[i] = threadlet_stack_alloc();"
    for pipe in image.pipes:
        yield f'\tif (pipe(ends))\n\t\tdie("pipe");\n\tfcntl(ends[1], F_SETPIPE_SZ, {PAGE});'
        yield f"\tfd_at(ends[0], {layout.PIPE_FD + 2 * pipe});\n\tfd_at(ends[1], {layout.PIPE_FD + 2 * pipe + 1});"
    for number, count, semaphore in image.eventfds:
        flags = "EFD_SEMAPHORE" if semaphore else "0"
        yield f"\tfd_at(eventfd({count}, {flags}), {layout.EVENTFD_FD + number});"
    if _makes_numbers(program):
        yield f"\tlimit_fds({FIRST_NUMBER}, {NUMBERS_END});"
    for number, kind in enumerate(image.pages):
        if kind not in (PageKind.READ_WRITE, PageKind.COLD):
            yield f"\tmprotect(arena + {number * PAGE}, {PAGE}, {_PROTECTION[PageKind(kind)]});"
    yield "\t(void)ends;\n\t(void)stacks;\n"
    if program.threads:
        yield "\tby_turns();"
        yield from (f"\tbegin(u{thread.index});" for thread in program.threads)
    yield from _steps(program, image, trace, 0)
    yield "\tthread_done();\n\treturn 0;\n}\n" if program.threads else "\tsettle(0);\n\tlook();\n\treturn 0;\n}\n"


def _threads(program: Program, image: Image, trace: Trace) -> Iterator[str]:
    """A function for each further thread."""
    for thread in program.threads:
        yield f"static void *u{thread.index}(void *data)\n{{\n\t(void)data;"
        yield from _steps(program, image, trace, thread.index)
        yield "\tthread_done();\n\treturn NULL;\n}\n"


def _steps(program: Program, image: Image, trace: Trace, thread: int) -> Iterator[str]:
    results = {x.step: x.value for x in trace.events if isinstance(x, Result)}
    for number in range(*image.starts[thread : thread + 2]):
        step = program.all_steps[number]
        varies = isinstance(step, Call) and step.nr in _IDENTITY
        text = _safe(print_numbered(program, number))
        yield _step(image.steps[number], number, text, results.get(number), varies, alone=not program.threads)


def _step(words: tuple[int, ...], number: int, text: str, allowed: int | None, varies: bool, *, alone: bool) -> str:
    if words[0] in (layout.OP_SETTLE, layout.OP_ADVANCE):
        return f"\tsettle({words[1] if words[0] == layout.OP_ADVANCE else 0}); /* {text} */"
    if words[0] == layout.OP_EXIT:
        return f"\tsettle(0);\n\tlook(); /* {text} */" if alone else f"\tthread_exits({words[1]}); /* {text} */"
    known = int(allowed is not None and not varies)
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'\ttold({number}, "{quoted}", {_made(words)}, {_hex(allowed or 0)}, {known});'
