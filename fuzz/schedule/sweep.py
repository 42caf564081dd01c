# SPDX-License-Identifier: Apache-2.0
"""The sweep: every schedule that is one step away from a known one, by a preemption added, moved or left out."""

from collections.abc import Iterator

from fuzz.schedule.decisions import MAX_PICK, Decision, Options, taken, trimmed

Change = tuple[tuple[int, int], ...]
"""The decisions, in order, at which another option is taken, and which. A program of 2,000 decisions has as many
changes: to write each of them out as a schedule takes a hundred times as long, and a campaign tries a few of them."""


def changes(wanted: Options, log: list[Decision]) -> list[Change]:
    """What leads from `wanted`, which made the decisions of `log`, to each schedule a step away; each once.

    Added: at one decision another option is taken, and all that follows is as it was. Moved: an option that is not the
    default is taken one decision earlier or later.
    """
    found: list[Change] = []
    last = len(log) - 1
    for place, (count, chosen) in enumerate(log):
        found += [((place, option),) for option in range(min(count, MAX_PICK + 1)) if option != chosen]
        if chosen:
            if place and not log[place - 1].taken:
                found.append(((place - 1, chosen), (place, 0)))
            if place < last and not log[place + 1].taken:
                found.append(((place, 0), (place + 1, chosen)))
    # No two changes lead to one schedule. But `wanted` may be among them: an option beyond those that there were was
    # not the one that was taken.
    never_taken = _change(taken(log), wanted)
    return [change for change in found if change != never_taken] if never_taken else found


def with_change(options: Options, change: Change) -> Options:
    """The schedule that a change leads to."""
    other = list(options)
    for place, option in change:
        other[place] = option
    return trimmed(tuple(other))


def deviations(wanted: Options, log: list[Decision]) -> Iterator[Options]:
    """Each schedule a step away from `wanted`, which made the decisions of `log`; each once."""
    options = tuple([decision.taken for decision in log])
    for change in changes(wanted, log):
        yield with_change(options, change)


def _change(options: Options, other: Options) -> Change:
    """What leads from the one to the other."""
    length = max(len(options), len(other))
    pairs = zip(_long(options, length), _long(other, length), strict=True)
    return tuple([(place, there) for place, (here, there) in enumerate(pairs) if here != there])


def _long(options: Options, length: int) -> Options:
    return options + (0,) * (length - len(options))
