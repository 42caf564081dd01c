# SPDX-License-Identifier: Apache-2.0
"""The fuzz target for an engine that exists: ClusterFuzzLite, OSS-Fuzz, or libFuzzer by hand.

There the engine keeps corpus and findings, and a run gets seconds and little memory. So a finding is raised at once and
nothing is run again or minimized. Such engines group findings by the innermost frames of a traceback: these bear the
names of clause, kind and event here. Nothing is compiled: the executor lies beside the target.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, NoReturn

from fuzz.campaign import hooks
from fuzz.campaign.glue import MODEL_FEATURES_AT

EXECUTOR: Final = "SYSLET_EXECUTOR"
"""Environment variable with the executor's file. Without it, it is looked for beside the target."""
NAME: Final = "syslet_executor"
CALLS: Final = "SYSLET_CALLS"
"""Environment variable with a file that is told how often the mutator was called, for tests."""
_UNAVAILABLE: Final = 77


class Divergence(Exception):
    """The target did what no run of the specification explains; the text has signature and program."""


def _name(text: str) -> str:
    made = "".join(x if x.isalnum() else "_" for x in text)
    return made if made[:1].isalpha() else f"_{made}"


def raise_finding(signature: tuple[str, str, str], text: str) -> NoReturn:
    """Raise from frames that are named after the signature, the clause innermost."""

    def raises() -> NoReturn:
        raise Divergence(text)

    clause, kind, event = signature
    _calling(_calling(_named(raises, clause), kind), event)()
    raise AssertionError


def _calling(inner: Callable[[], NoReturn], name: str) -> Callable[[], NoReturn]:
    """A function of this name that calls the other one."""

    def outer() -> NoReturn:
        inner()

    return _named(outer, name)


def _named(function: Callable[[], NoReturn], text: str) -> Callable[[], NoReturn]:
    """The same function under another name, which tracebacks show."""
    name, code = _name(text), function.__code__
    code = code.replace(co_name=name, co_qualname=name, co_filename=f"clauses/{name}.py")
    named: Any = FunctionType(code, function.__globals__, name, None, function.__closure__)
    made: Callable[[], NoReturn] = named
    return made


def executor() -> Path:
    """The executor's file. Ends with 77 and a sentence where there is none."""
    beside = [Path(x).resolve().parent / NAME for x in (sys.argv[0], sys.executable)]
    wanted = os.environ.get(EXECUTOR)
    found = next((x for x in ([Path(wanted)] if wanted else beside) if os.access(x, os.X_OK)), None)
    if found is None:
        unavailable(f"the executor {wanted or NAME} is not there, or may not be run; it belongs beside the target")
    return found


def unavailable(why: str) -> NoReturn:
    """Say so in one sentence, and end with the status of what cannot be had here."""
    sys.stderr.write(f"syslet: {why}\n")
    raise SystemExit(_UNAVAILABLE)


def main() -> None:
    """Set everything up, then never return: the engine ends the process."""
    if sys.platform != "linux":
        unavailable(f"the kernel code runs on Linux, not on {sys.platform}")
    atheris = hooks.load()
    _fuzz(atheris, executor())


def _fuzz(atheris: ModuleType, program: Path) -> None:
    from fuzz.findings.report import explain
    from fuzz.generate import codec, mutate
    from fuzz.oracle import judge_safely
    from fuzz.text import print_program
    from model.spec import features
    from model.verdict import Outcome
    from native.targets.host import ExecutorTarget, TargetUnavailable, executor_command

    target = ExecutorTarget(executor_command(str(program)), program.name)
    try:
        target.ping()
    except TargetUnavailable as error:
        unavailable(str(error))
    met = bytearray(features.SIZE)
    blank = bytes(features.SIZE)
    map_view = target.coverage[MODEL_FEATURES_AT : MODEL_FEATURES_AT + features.SIZE]
    calls = Calls(os.environ.get(CALLS))

    def custom_mutator(data: bytes, max_size: int, seed: int) -> bytes:
        calls.count()
        return mutate.mutate(data, max_size, seed, atheris.Mutate)

    def custom_crossover(first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        return mutate.crossover(first, second, max_size, seed)

    def test_one_input(data: bytes) -> None:
        program = codec.decode(data)
        met[:] = blank
        judgement = judge_safely(program, target, features=met)
        map_view[:] = met
        if judgement.verdict.outcome is Outcome.DIVERGENCE and judgement.signature is not None:
            told = f"{': '.join(judgement.signature)}\n{print_program(program)}\n{explain(judgement)}"
            raise_finding(judgement.signature, told)

    sys.argv[0] = os.environ.get("SYSLET_LAUNCHER", sys.argv[0])  # -merge and -fork start it again
    atheris.Setup(
        sys.argv,
        test_one_input,
        custom_mutator=custom_mutator,
        custom_crossover=custom_crossover,
        internal_libfuzzer=not atheris.native.libfuzzer_is_loaded(),
    )
    hooks.register_map(target.coverage_address, len(target.coverage))
    atheris.Fuzz()


class Calls:
    """How often the mutator was called, in a file that outlives the process; or nowhere."""

    def __init__(self, path: str | None) -> None:
        self._file = open(path, "ab", buffering=0) if path else None  # noqa: PTH123, SIM115

    def count(self) -> None:
        """One more."""
        if self._file is not None:
            self._file.write(b".")


if __name__ == "__main__":
    main()
