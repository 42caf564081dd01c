from random import Random

from model.program import Program


def program(random: Random) -> Program:
    return Program()
