# SPDX-License-Identifier: Apache-2.0
"""The atheris target: bytes to a program to a judgement. Runs as a process of its own (see `engine_atheris`)."""

import contextlib
import ctypes
import gc
import os
import signal
import sys
from pathlib import Path
from random import Random

import msgspec

from fuzz.campaign import hooks
from fuzz.campaign.options import ENVIRONMENT, PARENT, Options

LOST = 74
"""Exit status when a finding could not be written down."""
STRICT = 76
"""Exit status of a strict campaign that met something new."""
MODEL_FEATURES_AT = 0xF000
"""Where the model's part of the coverage map begins."""
_PR_SET_PDEATHSIG = 1
_M_TRIM_THRESHOLD, _M_TOP_PAD = -1, -2
_KEPT = 64 << 20
"""Bytes that the allocator keeps though they are free."""
_TIDIED = 50_000
"""Programs from one collection of cyclic garbage to the next."""


def _keep_freed_memory(libc: ctypes.CDLL) -> None:
    """A program's arena is copied a dozen times. The heap would shrink after each, and its pages be cleared anew."""
    mallopt = getattr(libc, "mallopt", None)  # glibc's alone
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_TOP_PAD, _KEPT // 4)


def main() -> None:
    """Set everything up, then never return: libFuzzer ends the process."""
    libc = ctypes.CDLL(None)
    # The process that started the campaign may be killed, and this one would never end.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    parent = os.environ.pop(PARENT, None)  # not for processes that this one starts
    if parent is not None and parent != str(os.getppid()):  # it was, before we asked
        os._exit(128 + signal.SIGTERM)
    _keep_freed_memory(libc)
    atheris = hooks.load()
    options = msgspec.json.decode(os.environ[ENVIRONMENT], type=Options)
    if options.cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {options.cpu})
    if options.instrument_model:
        with atheris.instrument_imports(include=["model"], enable_loader_override=False):
            import model.check.check  # noqa: F401
    from fuzz.campaign.opened import open_targets
    from fuzz.campaign.seeds import seed_programs
    from fuzz.campaign.session import FindingLost, Session, StrictFinding
    from fuzz.campaign.stats import Stats
    from fuzz.generate import codec, mutate
    from fuzz.schedule.plan import Plan
    from model.spec import features
    from native.targets.host import TargetUnavailable

    stats = Stats.shared(Path(options.stats))
    counters = stats.counters

    # One for all schedules: to seed one anew for each input takes longer than most of what it would decide.
    random = Random(options.seed)

    def custom_mutator(data: bytes, max_size: int, seed: int) -> bytes:
        counters.mutations += 1
        planned = plan.take(codec.decode(data) if data else None, random, max_size)
        return planned or plan.made(
            mutate.mutate(data, max_size, seed, atheris.Mutate, opaque=opaque), random, max_size
        )

    def custom_crossover(first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
        counters.crossovers += 1
        planned = plan.take(None, random, max_size)
        return planned or plan.made(mutate.crossover(first, second, max_size, seed), random, max_size)

    try:
        opening = open_targets(options)  # closed with the process
        opened = opening.__enter__()
    except TargetUnavailable as error:
        sys.stderr.write(f"ERROR: {' '.join(str(error).split())}\n")
        sys.stderr.flush()
        os._exit(77)
    session = Session(opened, options, stats)
    opaque = session.makes_opaque
    plan = Plan(seed_programs(opaque=opaque), options.seed, deep=session.steering.deep)
    target = list(opened.values())[-1]
    map_view = target.coverage[MODEL_FEATURES_AT : MODEL_FEATURES_AT + features.SIZE]

    def test_one_input(data: bytes) -> None:
        try:
            program = codec.decode(data)
            session.evaluate(program)
            if session.found_new_feature:
                plan.entered(program)
            if counters.runs % _TIDIED == 0:
                gc.collect()
        except FindingLost as error:
            sys.stderr.write(f"ERROR: {error}\n")
            sys.stderr.flush()
            os._exit(LOST)
        except StrictFinding:
            os._exit(STRICT)
        map_view[:] = session.features

    sys.argv[0] = os.environ.get("SYSLET_LAUNCHER", sys.argv[0])
    atheris.Setup(
        sys.argv,
        test_one_input,
        custom_mutator=custom_mutator,
        custom_crossover=custom_crossover,
        internal_libfuzzer=not atheris.native.libfuzzer_is_loaded(),
    )
    # What is loaded stays, and of programs and traces hardly any is cyclic: it is looked for now and then.
    gc.freeze()
    gc.disable()
    hooks.register_map(target.coverage_address, len(target.coverage))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
