# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGHUP end a campaign like Ctrl-C: service managers, schedulers and closed terminals send them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_like_ctrl_c() -> Iterator[Callable[[], None]]:
    """These signals raise KeyboardInterrupt meanwhile; after that, all but Ctrl-C change nothing.

    What is raised in a callback or a destructor gets lost there. So the function that is yielded, to be called now and
    then, raises it again. A signal that is ignored stays ignored, as nohup wants it.
    """
    asked = False

    def interrupt(_: int, __: FrameType | None) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    kept = {number: signal.getsignal(number) for number in _ENDING}
    caught = [number for number in _ENDING if kept[number] != signal.SIG_IGN]
    for number in caught:
        signal.signal(number, interrupt)
    ignored: tuple[signal.Signals, ...] = ()
    try:
        yield check
    except KeyboardInterrupt:
        ignored = (signal.SIGTERM, signal.SIGHUP)  # what remains to be done must not be cut short by a second one
        raise
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_IGN if number in ignored else kept[number])
