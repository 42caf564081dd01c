# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGHUP end a campaign like Ctrl-C: service managers, schedulers and closed terminals send them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """These signals raise KeyboardInterrupt meanwhile; once one has come, further ones change nothing.

    A signal that is ignored stays ignored, as nohup wants it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_: int, __: FrameType | None) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    kept = {number: signal.getsignal(number) for number in _ENDING}
    caught = [number for number in _ENDING if kept[number] != signal.SIG_IGN]
    for number in caught:
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        for number in caught:  # what remains to be done must not be cut short by who asks twice
            signal.signal(number, signal.SIG_IGN)
        raise
    else:
        for number in caught:
            signal.signal(number, kept[number])
