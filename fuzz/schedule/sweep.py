# SPDX-License-Identifier: Apache-2.0
"""The sweep: every schedule that is one step away from a known one, by a preemption added, moved or left out."""

from collections.abc import Iterator, Sequence

from fuzz.schedule.decisions import MAX_PICK, Decision, Options, trimmed


def deviations(wanted: Options, log: Sequence[Decision]) -> Iterator[Options]:
    """Each schedule a step away from `wanted`, which made the decisions of `log`; each once.

    Added: at one decision another option is taken, and all that follows is as it was. Moved: an option that is not the
    default is taken one decision earlier or later.
    """
    options = tuple([decision.taken for decision in log])
    told = {trimmed(wanted), trimmed(options)}
    for other in _others(options, log):
        other = trimmed(other)
        if other not in told:
            told.add(other)
            yield other


def _others(options: Options, log: Sequence[Decision]) -> Iterator[Options]:
    for place, (count, chosen) in enumerate(log):
        for option in range(min(count, MAX_PICK + 1)):
            if option != chosen:
                yield (*options[:place], option, *options[place + 1 :])
        if chosen:
            if place and not options[place - 1]:
                yield (*options[: place - 1], chosen, 0, *options[place + 1 :])
            if place + 1 < len(options) and not options[place + 1]:
                yield (*options[:place], 0, chosen, *options[place + 2 :])
