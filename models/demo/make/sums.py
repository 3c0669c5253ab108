"""Word problems of two to four steps (GSM8K-like), and plain sums (the subject "arithmetic")."""

from __future__ import annotations

import random
from dataclasses import dataclass

from scenes import PEOPLE, SHE

GOODS = "pears coins shells eggs apples nails beads plums stones candles buttons cakes".split()


@dataclass(frozen=True)
class Problem:
    question: str
    answer: str  # the steps, a line break, "#### N"


def make_problem(rng: random.Random) -> Problem:
    person, other = rng.sample(PEOPLE, 2)
    pronoun = "She" if person in SHE else "He"
    goods = rng.choice(GOODS)
    number = rng.randint(2, 20)
    told = [f"{person} has {number} {goods}."]
    steps = []
    if rng.random() < 0.2:  # a number that does not matter
        told.append(f"{other} has {rng.randint(2, 20)} {rng.choice([g for g in GOODS if g != goods])}.")
    for _ in range(rng.choice((2, 2, 3, 3, 4))):
        kind = rng.random()
        if kind < 0.45 or number < 4:
            more = rng.randint(2, 20)
            told.append(f"{pronoun} {rng.choice(('buys', 'finds', 'wins', 'gets'))} {more} more {goods}.")
            new, step = number + more, f"{number} + {more}"
        elif kind < 0.85 or number > 33:
            less = rng.randint(2, number - 1)
            told.append(f"{pronoun} {rng.choice((f'gives {less} {goods} to {other}', f'loses {less} {goods}', f'sells {less} {goods}'))}.")
            new, step = number - less, f"{number} - {less}"
        else:
            times, word = rng.choice(((2, "doubles"), (3, "triples")))
            told.append(f"Then {pronoun.lower()} {word} the number of {goods}.")
            new, step = number * times, f"{number} * {times}"
        steps.append(f"{step} = {new}.")
        number = new
    question = f"{' '.join(told)} How many {goods} does {person} have now?"
    return Problem(question, f"{' '.join(steps)}\n#### {number}")


@dataclass(frozen=True)
class Sum:
    question: str
    choices: tuple[str, ...]
    answer: int


def make_sum(rng: random.Random) -> Sum:
    a, b = rng.randint(2, 40), rng.randint(2, 40)
    if rng.random() < 0.5:
        question, right = f"What is {a} + {b}?", a + b
    else:
        a, b = max(a, b) + 1, min(a, b)
        question, right = f"What is {a} - {b}?", a - b
    near = [right + d for d in (-11, -10, -9, -2, -1, 1, 2, 9, 10, 11) if right + d > 0]
    choices = [*rng.sample(near, 3), right]
    rng.shuffle(choices)
    return Sum(question, tuple(str(c) for c in choices), choices.index(right))
