# SPDX-License-Identifier: Apache-2.0
"""The registry of clauses: each numbered sentence of the specification, with its confidence and source.

Code cites a clause by its constant, which is also its index in the coverage counters of a run. The numbers count on
from module to module, so these stand in the order of reading, and not in that of the alphabet.
"""

from typing import Final

from model.clauses.entry import *
from model.clauses.chain import *
from model.clauses.handover import *
from model.clauses.threadlet import *
from model.clauses.files import *
from model.clauses.world import *
from model.clauses.time import *
from model.clauses.experiment import *
from model.clauses.group import *
from model.clauses.opaque import *
from model.clauses.registry import CLAUSES as CLAUSES
from model.clauses.registry import Clause as Clause
from model.clauses.registry import Confidence as Confidence

BY_NUMBER: Final[tuple[Clause, ...]] = tuple(CLAUSES.values())
TARGET: Final = "TARGET"
"""Blamed when the target itself failed (crash, hang, report): no sentence of the specification is involved."""
