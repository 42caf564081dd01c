# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of a run: what rules say they do. Each event has one sentence, and the clause that demands it.

`{name}` in a sentence is a fact of the event; the fact's kind (first below) tells how to print it with the names of
a program. `clause` is the number of the clause, and `also` are others that apply by the same deed. An event that is
`quiet` goes without saying in a short account. The machine's own doings, at the end, have no clause.
"""

from typing import Annotated, ClassVar

import attrs

from model import clauses as c
from model.spec.names import Location, Place, Queue

Address = Annotated[int, "address"]
"""A place in memory: `r0[1]`."""
Pointer = Annotated[int, "pointer"]
"""A word that names a thing: `a1`, NULL."""
Result = Annotated[int, "result"]
"""What a call gives: a value, or a negative errno as an unsigned word."""
TaskNumber = Annotated[int, "task"]
Count = Annotated[int, "count"]
"""So many events."""
Tick = Annotated[int, "tick"]
Stack = Annotated[int, "stack"]
Threadlet = Annotated[int, "threadlet"]
Page = Annotated[int, "page"]
Object = Annotated[Place, "object"]
"""A pipe or an eventfd: `p0`."""
Call = Annotated[int, "call"]
"""A call's number."""
Arguments = Annotated[tuple[int, ...], "arguments"]
Flags = Annotated[int, "flags"]
Number = Annotated[int, "number"]
ClauseNumber = Annotated[int, "clause"]
Holds = Annotated[bool, "holds|does not hold"]
"""A truth, as words: what to print if it is so, and what if not."""
PartOfAtom = Annotated[int, "part"]
"""A word of the atom at `atom`, or one of its arguments: "`nr`, at 8"."""
ValidTime = Annotated[bool, "is not a valid time|cannot be read"]
Unwritten = Annotated[int, "unwritten"]
"""A place that keeps its value, if there is one."""


@attrs.frozen
class Event:
    """Something that a run does."""

    clause: ClassVar[int | None] = None
    also: ClassVar[tuple[int, ...]] = ()
    quiet: ClassVar[bool] = False


# Entering the kernel


@attrs.frozen
class OwnPairRead(Event):
    """The head's own stack and ip are read."""

    clause = c.ENTRY_1
    quiet = True


@attrs.frozen
class OwnPairFaults(Event):
    """The head's own stack and ip cannot be read (at {word}): nothing is executed."""

    clause = c.ENTRY_8
    also = (c.ENTRY_1,)
    word: Address


@attrs.frozen
class SpareIsReady(Event):
    """Task {spare} is a ready spare, so no stack for a new one is looked at."""

    clause = c.ENTRY_2
    spare: TaskNumber


@attrs.frozen
class NoStack(Event):
    """No spare is ready and {field} is NULL: nothing is executed."""

    clause = c.ENTRY_3
    field: Address


@attrs.frozen
class SpareMade(Event):
    """No spare is ready, so task {spare} is made of {field}, which becomes NULL."""

    clause = c.ENTRY_4
    also = (c.ENTRY_2, c.ENTRY_9)
    spare: TaskNumber
    field: Address


@attrs.frozen
class NewThreadFaults(Event):
    """The new thread's stack and ip cannot be read (at {word}): no spare, and nothing is executed."""

    clause = c.ENTRY_5
    word: Address


@attrs.frozen
class StackKept(Event):
    """No spare is ready, so task {spare} is made of {field}, which cannot be set to NULL."""

    clause = c.ENTRY_6
    spare: TaskNumber
    field: Address


@attrs.frozen
class CallOfSyslets(Event):
    """The call is not allowed inside a syslet: {value}."""

    clause = c.ENTRY_7
    also = (c.ATOM_5, c.ATOM_10)
    value: Result


@attrs.frozen
class CallOfSysletsInThreadlet(Event):
    """Calls of syslets are not allowed inside a threadlet."""

    clause = c.ENTRY_7
    also = (c.THREAD_17, c.ATOM_10)


# Fetching an atom


@attrs.frozen
class AtomFetched(Event):
    """{atom} is fetched: {call}{arguments}."""

    clause = c.FETCH_1
    also = (c.FETCH_5,)
    quiet = True
    atom: Pointer
    call: Call
    arguments: Arguments
    flags: Flags


@attrs.frozen
class ArgumentsEnd(Event):
    """A NULL pointer ends the arguments."""

    clause = c.FETCH_2
    also = (c.FETCH_6,)
    quiet = True


@attrs.frozen
class FetchFaults(Event):
    """The atom at {atom} cannot be read (its {word}): the call gives -EFAULT."""

    clause = c.FETCH_3
    atom: Pointer
    word: PartOfAtom


@attrs.frozen
class BusyFetchFaults(Event):
    """The atom at {atom} cannot be read (its {word}): the chain ends without an event."""

    clause = c.FETCH_4
    atom: Pointer
    word: PartOfAtom


# Executing an atom


@attrs.frozen
class AsyncFlag(Event):
    """{atom} has ASYNC{armed}{spare}."""

    clause = c.ATOM_1
    atom: Pointer
    armed: Annotated[bool, "|, which does nothing: the chain cannot go async here (any more)"]
    spare: Annotated[bool, "|, which does nothing: no spare is ready"]


@attrs.frozen
class SyncBegins(Event):
    """{atom} has SYNC: no task takes over while it sleeps."""

    clause = c.ATOM_2
    atom: Pointer


@attrs.frozen
class SyncEnds(Event):
    """SYNC is over{armed}."""

    clause = c.ATOM_3
    armed: Annotated[bool, ": the chain may go async again|"]


@attrs.frozen
class NoSuchNumber(Event):
    """{call} is not in the table: -ENOSYS{unwritten}."""

    clause = c.ATOM_4
    call: Call
    unwritten: Unwritten


@attrs.frozen
class Refused(Event):
    """The call is refused inside a syslet: -ENOSYS."""

    clause = c.ATOM_5
    also = (c.ATOM_10,)
    call: Call


@attrs.frozen
class ResultStored(Event):
    """{place} = {value}."""

    clause = c.ATOM_6
    place: Address
    value: Result
    call: Call


@attrs.frozen
class ResultFaults(Event):
    """{place} cannot be written: the result becomes -EFAULT."""

    clause = c.ATOM_7
    place: Address


@attrs.frozen
class NoPlaceForResult(Event):
    """The result is stored nowhere."""

    clause = c.ATOM_8
    quiet = True


@attrs.frozen
class EmptyEntry(Event):
    """There is no such call."""

    clause = c.ATOM_9
    quiet = True


# Stop conditions and the way on


@attrs.frozen
class StopOnNonzero(Event):
    """STOP_ON_NONZERO {holds} for {value}."""

    clause = c.STOP_1
    value: Result
    call: Call
    holds: Holds


@attrs.frozen
class StopOnZero(Event):
    """STOP_ON_ZERO {holds} for {value}."""

    clause = c.STOP_2
    value: Result
    call: Call
    holds: Holds


@attrs.frozen
class StopOnNegative(Event):
    """STOP_ON_NEGATIVE {holds} for {value}."""

    clause = c.STOP_3
    value: Result
    call: Call
    holds: Holds


@attrs.frozen
class StopOnNonPositive(Event):
    """STOP_ON_NON_POSITIVE {holds} for {value}."""

    clause = c.STOP_4
    value: Result
    call: Call
    holds: Holds


@attrs.frozen
class SeveralStopBits(Event):
    """{atom} has several stop bits{never}."""

    clause = c.STOP_5
    atom: Pointer
    never: Annotated[bool, ", which never stop|; any of them stops"]


@attrs.frozen
class OthersCouldRun(Event):
    """Others could run, and the chain goes on."""

    clause = c.STOP_6
    quiet = True


@attrs.frozen
class ChainStops(Event):
    """The chain stops here."""

    clause = c.NEXT_1
    submitted: Number
    atom: Pointer
    flags: Flags
    following: Pointer


@attrs.frozen
class ChainSkips(Event):
    """The chain skips to {following}."""

    clause = c.NEXT_2
    submitted: Number
    atom: Pointer
    flags: Flags
    following: Pointer


@attrs.frozen
class ChainGoesOn(Event):
    """The chain goes on at {following}."""

    clause = c.NEXT_3
    submitted: Number
    atom: Pointer
    flags: Flags
    following: Pointer


@attrs.frozen
class ChainEnds(Event):
    """That was the chain's last atom."""

    clause = c.NEXT_4
    submitted: Number
    atom: Pointer
    flags: Flags
    following: Pointer


@attrs.frozen
class StayedSynchronous(Event):
    """The chain stayed synchronous: no event."""

    clause = c.EXEC_1
    also = (c.EXEC_3,)


# The hand-over


@attrs.frozen
class ChainHandsOver(Event):
    """Task {heir}, the first spare, takes over as head."""

    clause = c.MOVE_1
    also = (c.EXEC_2, c.EXEC_4, c.MOVE_4)
    heir: TaskNumber


@attrs.frozen
class ThreadletHandsOver(Event):
    """Task {heir}, the first spare, takes over as head."""

    clause = c.MOVE_1
    also = (c.THREAD_4, c.THREAD_24, c.MOVE_4)
    heir: TaskNumber


@attrs.frozen
class NoSpareToTakeOver(Event):
    """No spare is ready, so the head itself sleeps."""

    clause = c.MOVE_2


@attrs.frozen
class BusySleeps(Event):
    """It is busy already, and the head stays."""

    clause = c.MOVE_3
    quiet = True


@attrs.frozen
class ThreadletSleepsAgain(Event):
    """It is busy already, and the head stays."""

    clause = c.THREAD_6
    quiet = True


# Completion


@attrs.frozen
class RingRead(Event):
    """The ring is read anew."""

    clause = c.RING_10
    quiet = True
    ahu: Pointer


@attrs.frozen
class LockTaken(Event):
    """It takes the completion lock."""

    quiet = True


@attrs.frozen
class PostsAlone(Event):
    """It has the completion lock: no other task posts meanwhile."""

    clause = c.RING_9
    also = (c.RING_6,)
    quiet = True


@attrs.frozen
class LockHeld(Event):
    """Task {owner} has the completion lock, so it sleeps until the lock is free."""

    clause = c.RING_9
    owner: TaskNumber


@attrs.frozen
class EventPosted(Event):
    """The event {atom} is posted in {slot}."""

    clause = c.RING_1
    also = (c.RING_5,)
    atom: Pointer
    slot: Address
    ring: Address
    slots: Number


@attrs.frozen
class NotAskedFor(Event):
    """{atom} has NO_COMPLETE: no event is posted."""

    clause = c.RING_2
    also = (c.WAIT_9,)
    atom: Pointer


@attrs.frozen
class SlotTaken(Event):
    """{slot} still holds {event}: the event is lost."""

    clause = c.RING_3
    slot: Address
    event: Pointer


@attrs.frozen
class SlotOverwritten(Event):
    """{slot} still holds {event}: it is overwritten."""

    clause = c.RING_3
    slot: Address
    event: Pointer


@attrs.frozen
class BadRing(Event):
    """The ring's size, {size}, is not a positive multiple of 8: the event is lost, nothing is written."""

    clause = c.RING_4
    size: Number


@attrs.frozen
class BadIndex(Event):
    """The ring's index, {index}, is not below its {slots} slots: the event is lost, nothing is written."""

    clause = c.RING_4
    index: Number
    slots: Number


@attrs.frozen
class IndexStored(Event):
    """{field} = {index}."""

    clause = c.RING_5
    field: Address
    index: Number


@attrs.frozen
class RingFaults(Event):
    """{word} cannot be accessed: the event is lost."""

    clause = c.RING_7
    slot: Address
    word: Address


@attrs.frozen
class IndexFaults(Event):
    """{field} cannot be written: the event is not counted{undone}."""

    clause = c.RING_8
    field: Address
    undone: Annotated[bool, ", and the slot is set back to NULL|"]
    ring: Address


@attrs.frozen
class EventLost(Event):
    """The event is lost, and does not count."""

    clause = c.WAIT_9
    quiet = True


@attrs.frozen
class TurnsReady(Event):
    """It is a ready spare again."""

    clause = c.POOL_1
    also = (c.POOL_2, c.MOVE_5)


@attrs.frozen
class EndsAfterExit(Event):
    """It ends, since the head has exited."""

    clause = c.EXIT_1
    also = (c.POOL_1, c.POOL_2, c.MOVE_5)


# Waiting


@attrs.frozen
class WaitRingFaults(Event):
    """{word} cannot be read."""

    clause = c.WAIT_1
    word: Address


@attrs.frozen
class WaitRingBad(Event):
    """The ring is bad."""

    clause = c.WAIT_2
    quiet = True


@attrs.frozen
class WaitSizeBad(Event):
    """The ring's size, {size}, is not a positive multiple of 8."""

    clause = c.WAIT_2
    size: Number


@attrs.frozen
class WaitIndexBad(Event):
    """{index} is not an index of the ring, which has {slots} slots."""

    clause = c.WAIT_2
    index: Number
    slots: Number


@attrs.frozen
class NothingAskedFor(Event):
    """No event is asked for."""

    clause = c.WAIT_3


@attrs.frozen
class NothingBusy(Event):
    """Nothing is busy."""

    clause = c.WAIT_4


@attrs.frozen
class EventsInRing(Event):
    """By its indices the ring holds {events}."""

    clause = c.WAIT_5
    also = (c.WAIT_10,)
    events: Count


@attrs.frozen
class RingIsFull(Event):
    """Equal indices over a taken slot: the ring is full, {slots}."""

    clause = c.WAIT_6
    slots: Count


@attrs.frozen
class WaitsForEvents(Event):
    """It waits for {minimum} (so far {events})."""

    clause = c.WAIT_7
    minimum: Count
    events: Number


@attrs.frozen
class EnoughEvents(Event):
    """Enough events have come."""

    clause = c.WAIT_7


@attrs.frozen
class NothingBusyAnyMore(Event):
    """Nothing is busy any more."""

    clause = c.WAIT_8


# The world: descriptors, pipes, eventfds, futexes, time


@attrs.frozen
class NoDescriptor(Event):
    """The descriptor is not open, or has the wrong direction."""

    clause = c.FILE_1


@attrs.frozen
class BufferOutOfRange(Event):
    """The buffer would end beyond user memory."""

    clause = c.FILE_2


@attrs.frozen
class Closed(Event):
    """The descriptor is closed."""

    clause = c.FILE_3
    quiet = True


@attrs.frozen
class FileStaysOpen(Event):
    """No descriptor leads to the file any more, but a call in progress has it."""

    clause = c.FD_4


@attrs.frozen
class NoNumberFree(Event):
    """No number is free."""

    clause = c.FD_1


@attrs.frozen
class LowestNumber(Event):
    """The number is the lowest that was free."""

    clause = c.FD_1
    quiet = True


@attrs.frozen
class Duplicated(Event):
    """The open file has one more descriptor."""

    clause = c.FD_2


@attrs.frozen
class DuplicatedTo(Event):
    """The number, which was free, is a descriptor of the open file."""

    clause = c.FD_3
    also = (c.FD_2,)
    quiet = True


@attrs.frozen
class NumberFreed(Event):
    """The number leads to the open file now, and to what it led to before no more."""

    clause = c.FD_3
    also = (c.FD_2,)


@attrs.frozen
class NumberReserved(Event):
    """The number is none that a program may have."""

    clause = c.FD_3


@attrs.frozen
class FlagsBad(Event):
    """There is a flag that the call does not know."""

    clause = c.FD_5


@attrs.frozen
class SameNumber(Event):
    """Both numbers are the same."""

    clause = c.FD_5


@attrs.frozen
class EventfdMade(Event):
    """There is a new eventfd."""

    clause = c.FD_6


@attrs.frozen
class PipeMade(Event):
    """The ends of a new pipe have the lowest numbers that were free."""

    clause = c.FD_7
    also = (c.FD_1,)
    quiet = True


@attrs.frozen
class PairFaults(Event):
    """The numbers cannot be written, so there is no pipe."""

    clause = c.FD_7


@attrs.frozen
class OutsideOfWorld(Event):
    """With this operation or flag the call is an empty entry."""

    clause = c.FD_5


@attrs.frozen
class FlagsTold(Event):
    """The flags of the open file are told."""

    clause = c.FD_8
    quiet = True


@attrs.frozen
class FlagsSet(Event):
    """The open file has other flags from now on."""

    clause = c.FD_8
    quiet = True


@attrs.frozen
class PipeRead(Event):
    """What is there is read."""

    clause = c.PIPE_1
    quiet = True


@attrs.frozen
class PipeReadOn(Event):
    """What several buffers hold is read."""

    clause = c.PIPE_13
    also = (c.PIPE_1,)
    quiet = True


@attrs.frozen
class PipeReadCut(Event):
    """The buffer faults behind what the first ones gave, which counts."""

    clause = c.PIPE_13
    also = (c.PIPE_4,)


@attrs.frozen
class NotNoticed(Event):
    """While it slept it did not notice that it may not."""

    clause = c.PIPE_12


@attrs.frozen
class PipeEmptyAgain(Event):
    """{pipe} is empty, and the call may not sleep."""

    clause = c.PIPE_11
    pipe: Object


@attrs.frozen
class PipeEmpty(Event):
    """{pipe} is empty, so it sleeps."""

    clause = c.PIPE_2
    pipe: Object


@attrs.frozen
class PipeAtEnd(Event):
    """{pipe} is empty and has no writer: end of file."""

    clause = c.PIPE_3
    pipe: Object


@attrs.frozen
class PipeReadFaults(Event):
    """The buffer faults: nothing is taken from the pipe."""

    clause = c.PIPE_4


@attrs.frozen
class PipeMerged(Event):
    """What does not fill a page is merged into the buffer of {pipe}."""

    clause = c.PIPE_5
    pipe: Object


@attrs.frozen
class PipeWritten(Event):
    """All is written."""

    clause = c.PIPE_6
    quiet = True


@attrs.frozen
class PipeFull(Event):
    """{pipe} is full, so it sleeps."""

    clause = c.PIPE_6
    pipe: Object


@attrs.frozen
class PipeFullAgain(Event):
    """{pipe} is full, and the call may not sleep."""

    clause = c.PIPE_11
    pipe: Object


@attrs.frozen
class PipeBroken(Event):
    """{pipe} has no reader."""

    clause = c.PIPE_7
    pipe: Object


@attrs.frozen
class PipeWriteFaults(Event):
    """The buffer faults: nothing of it is added."""

    clause = c.PIPE_8


@attrs.frozen
class NothingToMove(Event):
    """No bytes are asked for."""

    clause = c.PIPE_9
    quiet = True


@attrs.frozen
class EmptyBufferDropped(Event):
    """An empty buffer is dropped."""

    clause = c.PIPE_10


@attrs.frozen
class EventfdBadCount(Event):
    """The count, {count}, is {less} 8."""

    clause = c.EVENTFD_1
    count: Number
    less: Annotated[bool, "less than|not"]


@attrs.frozen
class EventfdBadValue(Event):
    """The greatest value, 2^64-1, cannot be added."""

    clause = c.EVENTFD_1


@attrs.frozen
class EventfdZero(Event):
    """{eventfd} is 0, so it sleeps."""

    clause = c.EVENTFD_2
    eventfd: Object


@attrs.frozen
class EventfdAgain(Event):
    """{eventfd} cannot give or take that now, and the call may not sleep."""

    clause = c.EVENTFD_7
    eventfd: Object


@attrs.frozen
class EventfdRead(Event):
    """The counter is read and becomes 0."""

    clause = c.EVENTFD_2
    quiet = True


@attrs.frozen
class SemaphoreRead(Event):
    """The semaphore gives 1."""

    clause = c.EVENTFD_3
    quiet = True


@attrs.frozen
class EventfdReadFaults(Event):
    """The buffer faults: what was taken is gone."""

    clause = c.EVENTFD_4
    quiet = True


@attrs.frozen
class EventfdOverflows(Event):
    """The sum is too big for {eventfd}, so it sleeps."""

    clause = c.EVENTFD_5
    eventfd: Object


@attrs.frozen
class EventfdAdded(Event):
    """The value is added."""

    clause = c.EVENTFD_5
    quiet = True


@attrs.frozen
class EventfdWriteFaults(Event):
    """The value cannot be read."""

    clause = c.EVENTFD_6
    quiet = True


@attrs.frozen
class FutexTimeoutBad(Event):
    """The time-out {readable}."""

    clause = c.FUTEX_1
    readable: ValidTime


@attrs.frozen
class FutexMomentBad(FutexTimeoutBad):
    """The moment {readable}."""

    clause = c.FUTEX_9


@attrs.frozen
class FutexNeither(Event):
    """The operation is none that programs have."""

    clause = c.FUTEX_1


@attrs.frozen
class FutexNoBits(Event):
    """The set of bits is empty."""

    clause = c.FUTEX_6


@attrs.frozen
class FutexNegative(Event):
    """The number of tasks to wake, or to move, is negative."""

    clause = c.FUTEX_7


@attrs.frozen
class FutexOdd(Event):
    """The address is not a multiple of 4."""

    clause = c.FUTEX_1


@attrs.frozen
class FutexFaults(Event):
    """{word} cannot be {shared}."""

    clause = c.FUTEX_1
    word: Address
    shared: Annotated[bool, "written, which a futex without the PRIVATE bit needs|read"]


@attrs.frozen
class FutexDiffers(Event):
    """The word has another value."""

    clause = c.FUTEX_2
    quiet = True


@attrs.frozen
class FutexWaits(Event):
    """It sleeps until {word} is woken."""

    clause = c.FUTEX_3
    word: Address


@attrs.frozen
class FutexWoken(Event):
    """It was woken."""

    clause = c.FUTEX_3
    quiet = True


@attrs.frozen
class FutexMomentCame(Event):
    """The moment has come."""

    clause = c.FUTEX_9
    quiet = True


@attrs.frozen
class FutexTimedOut(Event):
    """Its time is over."""

    clause = c.FUTEX_4
    quiet = True


@attrs.frozen
class FutexWakes(Event):
    """So many are woken."""

    clause = c.FUTEX_5
    quiet = True


@attrs.frozen
class FutexWakesSet(Event):
    """So many are woken, of those with a bit of the set."""

    clause = c.FUTEX_6
    quiet = True


@attrs.frozen
class FutexMovesNone(Event):
    """The word has another value, so none is woken or moved."""

    clause = c.FUTEX_8
    quiet = True


@attrs.frozen
class FutexMovesSame(Event):
    """The word has the value: so many are woken, or wait on another word from now on."""

    clause = c.FUTEX_8
    quiet = True


@attrs.frozen
class FutexMoves(Event):
    """So many are woken, or wait on another word from now on."""

    clause = c.FUTEX_7
    quiet = True


@attrs.frozen
class TimespecBad(Event):
    """The time {readable}."""

    clause = c.TIME_1
    readable: ValidTime


@attrs.frozen
class ClockTimeBad(TimespecBad):
    """The time {readable}."""

    clause = c.TIME_7


@attrs.frozen
class SleepsUntil(Event):
    """It sleeps until tick {tick}."""

    clause = c.TIME_2
    tick: Tick


@attrs.frozen
class SleepsForEver(Event):
    """It sleeps beyond all clocks."""

    clause = c.TIME_2
    quiet = True


@attrs.frozen
class SleepOver(Event):
    """Its time is over."""

    clause = c.TIME_2
    quiet = True


@attrs.frozen
class SleepsByClock(Event):
    """It sleeps by the clock that it names."""

    clause = c.TIME_7
    quiet = True


@attrs.frozen
class MomentPassed(Event):
    """The moment is not after now, so it sleeps for one tick."""

    clause = c.TIME_8


@attrs.frozen
class ClockUnknown(Event):
    """Programs do not have that clock."""

    clause = c.TIME_6


@attrs.frozen
class ClockRead(Event):
    """It reads the clock."""

    clause = c.TIME_6
    quiet = True


@attrs.frozen
class ClockReadFaults(Event):
    """The place for the time cannot be written."""

    clause = c.TIME_6


@attrs.frozen
class NoTime(Event):
    """The time is 0, so it does not sleep."""

    clause = c.TIME_3


@attrs.frozen
class RoundedUp(Event):
    """A time of 0 is rounded up to one tick."""

    clause = c.TIME_3


@attrs.frozen
class Identity(Event):
    """A number of the program's own."""

    clause = c.IDENT_1
    quiet = True


@attrs.frozen
class Yields(Event):
    """It goes on at once."""

    clause = c.YIELD_1
    quiet = True


@attrs.frozen
class UmemFaults(Event):
    """The word cannot be read."""

    clause = c.UMEM_1
    quiet = True


@attrs.frozen
class UmemRead(Event):
    """The word is read."""

    clause = c.UMEM_2
    quiet = True


@attrs.frozen
class UmemAdded(Event):
    """The sum is stored."""

    clause = c.UMEM_3
    also = (c.UMEM_4,)
    quiet = True


@attrs.frozen
class UmemStoreFaults(Event):
    """The sum cannot be stored."""

    clause = c.UMEM_5
    also = (c.UMEM_4,)
    quiet = True


@attrs.frozen
class ObjectLocked(Event):
    """Another task is inside {object}, so it sleeps."""

    clause = c.OBJECT_1
    object: Object


@attrs.frozen
class NeedNotSleep(Event):
    """What it waits for is there already: it does not sleep."""

    clause = c.OBJECT_2


# Threadlets


@attrs.frozen
class NotAThreadlet(Event):
    """Only a threadlet that went async may park itself."""

    clause = c.THREAD_1
    quiet = True


@attrs.frozen
class Armed(Event):
    """The threadlet is armed: if it sleeps, the first spare goes on for its caller."""

    clause = c.THREAD_2


@attrs.frozen
class NestedRefused(Event):
    """A threadlet inside a threadlet is refused."""

    clause = c.THREAD_3


@attrs.frozen
class GoesOnBusy(Event):
    """The threadlet goes on without its caller."""

    clause = c.THREAD_5
    quiet = True


@attrs.frozen
class OffInHead(Event):
    """The script is over: `threadlet_off` gives 1, since it stayed synchronous."""

    clause = c.THREAD_7
    also = (c.THREAD_25,)
    quiet = True


@attrs.frozen
class OffInBusy(Event):
    """The script is over: `threadlet_off` gives 0, since it went async."""

    clause = c.THREAD_8


@attrs.frozen
class OffOutside(Event):
    """There is no threadlet to end."""

    clause = c.THREAD_9


@attrs.frozen
class NoEventOfThreadlet(Event):
    """A threadlet posts no event."""

    clause = c.THREAD_10
    also = (c.THREAD_23,)


@attrs.frozen
class Parks(Event):
    """It parks itself by `async_thread`."""

    clause = c.THREAD_11


@attrs.frozen
class ParksAfterExit(Event):
    """The head has exited meanwhile."""

    clause = c.THREAD_12
    quiet = True


@attrs.frozen
class CallerHasResult(Event):
    """The script is over, and no task took over: {stack} is free."""

    clause = c.THREAD_13
    stack: Stack


@attrs.frozen
class StackStillTaken(Event):
    """{stack} is still taken."""

    clause = c.THREAD_14
    stack: Stack


@attrs.frozen
class StackTaken(Event):
    """{stack} is taken for {threadlet}."""

    clause = c.THREAD_15
    stack: Stack
    threadlet: Threadlet


@attrs.frozen
class StackFree(Event):
    """{stack} is free."""

    clause = c.THREAD_15
    stack: Stack


@attrs.frozen
class ScriptNotRun(Event):
    """Nothing of the script runs."""

    clause = c.THREAD_16


@attrs.frozen
class RefusedInThreadlet(Event):
    """The call is refused inside a threadlet."""

    clause = c.THREAD_17
    also = (c.ATOM_10,)


@attrs.frozen
class NoSuchCallInThreadlet(Event):
    """There is no such call."""

    clause = c.THREAD_18


@attrs.frozen
class ArmedByToken(Event):
    """A spare is ready: the threadlet is armed without entering the kernel."""

    clause = c.THREAD_19


@attrs.frozen
class TokenTakenBack(Event):
    """The token is taken back."""

    clause = c.THREAD_19
    also = (c.THREAD_25,)
    quiet = True


@attrs.frozen
class RunsUnarmed(Event):
    """No spare is ready, and there is no stack for one: the threadlet runs unarmed, and hands nothing over."""

    clause = c.THREAD_20


@attrs.frozen
class UnarmedEnds(Event):
    """The script is over, unarmed, and no task took over: {stack} is free."""

    clause = c.THREAD_20
    also = (c.THREAD_13,)
    stack: Stack


@attrs.frozen
class LookFaults(Event):
    """No spare is ready, and {field} cannot be read."""

    clause = c.THREAD_21
    field: Address


@attrs.frozen
class RealCallMade(Event):
    """No spare is ready, but {field} holds a stack: the real call is made."""

    clause = c.THREAD_21
    field: Address


@attrs.frozen
class OperationReturns(Event):
    """{threadlet}[{place}] gives {value}."""

    clause = c.THREAD_22
    quiet = True
    threadlet: Threadlet
    place: Number
    value: Result
    why: ClauseNumber


@attrs.frozen
class PageCold(Event):
    """{page} is cold, so it sleeps for a tick."""

    clause = c.PAGE_4
    page: Page
    tick: Tick


@attrs.frozen
class ArmedFault(Event):
    """A page fault is a sleep like any other: the task hands over."""

    clause = c.PAGE_1
    quiet = True


@attrs.frozen
class ColdPageRefuses(Event):
    """{page} is cold, and the kernel does not wait for it."""

    clause = c.PAGE_2
    page: Page


@attrs.frozen
class PageIn(Event):
    """{page} is in."""

    clause = c.PAGE_3
    page: Page


# The experiment: steps, time, the end


@attrs.frozen
class StoreStep(Event):
    """The step stores a word."""

    clause = c.STEP_1
    quiet = True


@attrs.frozen
class StoreStepFaults(Event):
    """The word cannot be written."""

    clause = c.STEP_1
    quiet = True


@attrs.frozen
class Reaped(Event):
    """An event is taken from the ring, or none is there."""

    clause = c.STEP_2
    quiet = True


@attrs.frozen
class ReapFaults(Event):
    """A word of the ring cannot be reached."""

    clause = c.STEP_2
    quiet = True


@attrs.frozen
class Settled(Event):
    """Nothing else can run."""

    clause = c.STEP_3
    quiet = True


@attrs.frozen
class ClockAdvances(Event):
    """The clock goes to tick {tick}."""

    clause = c.TIME_4
    tick: Tick


@attrs.frozen
class HeadBlocked(Event):
    """The head sleeps and no timer is left: the program is stuck."""

    clause = c.STEP_4


@attrs.frozen
class FuelSpent(Event):
    """The fuel is spent: the program ends."""

    clause = c.STEP_5


@attrs.frozen
class NumberOutOfTable(Event):
    """The number is not in the table."""

    clause = c.STEP_6
    quiet = True


@attrs.frozen
class EmptyEntryForStep(Event):
    """There is no such call."""

    clause = c.STEP_6
    quiet = True


@attrs.frozen
class StepsDone(Event):
    """The program is done."""

    clause = c.STEP_7
    quiet = True


@attrs.frozen
class ClockJumps(Event):
    """Nothing can run, so the clock goes to tick {tick}."""

    clause = c.TIME_5
    tick: Tick


@attrs.frozen
class ExitWaits(Event):
    """The exit waits for the tasks that are busy: {busy}."""

    clause = c.EXIT_1
    busy: Number


@attrs.frozen
class GroupGone(Event):
    """The last task has ended, and the thread group with it."""

    clause = c.EXIT_2


# Programs of several threads


@attrs.frozen
class FamilyOfItsOwn(Event):
    """Its thread has a family of its own."""

    clause = c.GROUP_1


@attrs.frozen
class OtherLockHeld(Event):
    """Task {owner} has the completion lock of another family, which excludes nothing here."""

    clause = c.GROUP_2
    owner: TaskNumber


@attrs.frozen
class OthersBusy(Event):
    """What is busy is of other families."""

    clause = c.GROUP_3


@attrs.frozen
class SettleTogether(Event):
    """Of the threads that settle, {threads} go on now, in order of number."""

    clause = c.GROUP_4
    threads: Number


@attrs.frozen
class ThreadWaits(Event):
    """Its thread is behind its last step, and waits for the others."""

    clause = c.GROUP_5


@attrs.frozen
class ThreadGone(Event):
    """Thread {thread} has exited; the others go on."""

    clause = c.GROUP_6
    thread: Number


# The machine's own


@attrs.frozen
class StepBegins(Event):
    """Step {step} begins."""

    quiet = True
    step: Number


@attrs.frozen
class StepReturns(Event):
    """Step {step} gives {value}."""

    quiet = True
    step: Number
    value: Result
    why: ClauseNumber


@attrs.frozen
class OpaqueSleeps(Event):
    """It sleeps in {call}, which is opaque."""

    clause = c.OPAQUE_3
    call: Call


@attrs.frozen
class OpaqueNeverEnds(Event):
    """No return of {call} is told: it sleeps."""

    clause = c.OPAQUE_3
    also = (c.OPAQUE_1,)
    call: Call


@attrs.frozen
class OpaqueWrites(Event):
    """{call} writes to its buffers."""

    clause = c.OPAQUE_2
    call: Call


@attrs.frozen
class OpaqueGives(Event):
    """{call} is opaque: this is {told}."""

    clause = c.OPAQUE_1
    call: Call
    told: Annotated[bool, "what the target tells|assumed"]


@attrs.frozen
class OpaqueRefuses(Event):
    """{call} is empty with such an argument."""

    clause = c.OPAQUE_4
    call: Call


@attrs.frozen
class CallBegins(Event):
    """{call}{arguments}."""

    quiet = True
    call: Call
    arguments: Arguments


@attrs.frozen
class AtomGives(Event):
    """{atom} gives {value}."""

    quiet = True
    atom: Pointer
    value: Result
    why: ClauseNumber
    call: Call


@attrs.frozen
class ScriptBegins(Event):
    """{threadlet} begins."""

    quiet = True
    threadlet: Threadlet
    stack: Stack
    way: Number
    ahu: Pointer


@attrs.frozen
class OperationBegins(Event):
    """{threadlet}[{place}] begins."""

    quiet = True
    threadlet: Threadlet
    place: Number


@attrs.frozen
class AllStepsDone(Event):
    """All steps are done: the others settle."""

    quiet = True


@attrs.frozen
class PointPassed(Event):
    """A schedule point before {location}."""

    quiet = True
    location: Location


@attrs.frozen
class Preempted(Event):
    """Another task goes first, before {location}."""

    quiet = True
    location: Location


@attrs.frozen
class Runs(Event):
    """It runs."""

    quiet = True


@attrs.frozen
class Sleeps(Event):
    """It sleeps in {call}."""

    quiet = True
    call: Call


@attrs.frozen
class Wakes(Event):
    """Task {sleeper} wakes."""

    quiet = True
    sleeper: TaskNumber
    queue: Queue | None


@attrs.frozen
class MemoryWritten(Event):
    """{count} bytes at {place} are written."""

    quiet = True
    place: Address
    count: Number
    before: bytes
    by: ClauseNumber


@attrs.frozen
class ChainBegins(Event):
    """The chain that begins at {atom} is executed, by the caller for as long as nothing blocks."""

    quiet = True
    atom: Pointer
    ahu: Pointer


@attrs.frozen
class ChainOver(Event):
    """The chain is over, in a busy task; {atom} was the last."""

    quiet = True
    atom: Pointer


@attrs.frozen
class CallGives(Event):
    """The call gives {value}."""

    quiet = True
    value: Result
    why: ClauseNumber
    call: Call


@attrs.frozen
class SpareCreated(Event):
    """Task {spare} is created: a spare, ready to take over."""

    quiet = True
    spare: TaskNumber
