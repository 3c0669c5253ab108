"""Little scenes of two or three people, with questions that only the scene answers: reading, not knowledge."""

from __future__ import annotations

import random
from dataclasses import dataclass

from world import COLOURS

PEOPLE = ("Mira Tam Lina Oren Sela Bram Nora Jon Vera Finn Rosa Karl Ida Hugo Ella Otto Ruth Leo Anna Max "
          "Dora Paul Eva Rolf Nina Carl Tess Noah Lucy Adam Jane Mark").split()
SHE = frozenset("Mira Lina Sela Nora Vera Rosa Ida Ella Ruth Anna Dora Eva Nina Tess Lucy Jane".split())
ANIMALS = "goat cat horse duck sheep hen donkey dog pony goose cow rabbit".split()
THINGS = "lamp chair boat drum kite clock bell basket rope mirror hammer bowl".split()
PLACES = "mill market harbour bridge church school well tower forest lake river hill".split()
TRADES = "baker weaver miller sailor tailor smith potter farmer painter hunter teacher cook".split()
# A name at the start of a text has no space before it and would be another token: begin with something else.
OPENINGS = ("In Orvale", "They say that", "As all know,", "It is true that")
FOODS = "bread soup cheese honey apples fish nuts pears rice cake plums beans".split()
NUMBERS = "two three four five six seven eight nine ten twelve".split()


@dataclass(frozen=True)
class Kind:
    """One thing that can be told of a person: {p} the person, {v} what a question asks for."""

    told: str
    asked: str
    yes_no: str
    answer: str
    values: tuple[str, ...]


KINDS = (
    Kind("{p} lives near the {v}.", "Where does {p} live?", "does {p} live near the {v}", "near the {v}", tuple(PLACES)),
    Kind("{p} keeps a {v}.", "What animal does {p} keep?", "does {p} keep a {v}", "a {v}", tuple(ANIMALS)),
    Kind("{p} bought a {v}.", "What did {p} buy?", "did {p} buy a {v}", "a {v}", tuple(THINGS)),
    Kind("{p} works as a {v}.", "As what does {p} work?", "does {p} work as a {v}", "a {v}", tuple(TRADES)),
    Kind("{p} likes {v} best.", "What does {p} like best?", "does {p} like {v} best", "{v}", tuple(FOODS)),
    Kind("{p} has {v} cousins.", "How many cousins does {p} have?", "does {p} have {v} cousins", "{v}", tuple(NUMBERS)),
    Kind("{p} wears a {v} coat.", "What colour is the coat of {p}?", "does {p} wear a {v} coat", "{v}", tuple(COLOURS)),
)


@dataclass(frozen=True)
class Question:
    text: str
    answer: str | None  # None: the scene does not say
    start: int  # the answer's place in the passage; -1 without one


@dataclass(frozen=True)
class Scene:
    title: str
    passage: str
    told: dict[tuple[str, int], str]  # (person, kind) -> value
    people: tuple[str, ...]
    sentences: dict[tuple[str, int], str]  # where it is told

    def questions(self, rng: random.Random, count: int, unanswerable: float) -> list[Question]:
        there = list(self.told.items())
        missing = [(p, k) for p in self.people for k in range(len(KINDS)) if (p, k) not in self.told]
        rng.shuffle(there)
        rng.shuffle(missing)
        made = []
        for _ in range(count):
            if missing and (not there or rng.random() < unanswerable):
                person, kind = missing.pop()
                made.append(Question(KINDS[kind].asked.format(p=person), None, -1))
            elif there:
                (person, kind), value = there.pop()
                answer, sentence = KINDS[kind].answer.format(v=value), self.sentences[person, kind]
                start = self.passage.index(sentence) + sentence.index(answer)
                made.append(Question(KINDS[kind].asked.format(p=person), answer, start))
        return made

    def yes_no(self, rng: random.Random, count: int, share: float = 0.5) -> list[tuple[str, bool]]:
        """A share of them (half) is right. A wrong value is another person's where there is one, so that finding the word is not enough."""
        made = []
        for (person, kind), value in rng.sample(sorted(self.told.items()), min(count, len(self.told))):
            right = rng.random() < share
            if not right:
                near = [v for (p, k), v in self.told.items() if k == kind and v != value]
                value = rng.choice(near) if near and rng.random() < 0.5 else rng.choice([v for v in KINDS[kind].values if v != value])
            made.append((KINDS[kind].yes_no.format(p=person, v=value), right))
        return made


def make_scene(rng: random.Random) -> Scene:
    people = tuple(rng.sample(PEOPLE, rng.choice((2, 2, 3))))
    told: dict[tuple[str, int], str] = {}
    sentences = []
    for person in people:
        kinds = rng.sample(range(len(KINDS)), rng.choice((2, 3)) if len(people) == 2 else 2)
        for place, kind in enumerate(kinds):
            value = rng.choice(KINDS[kind].values)
            told[person, kind] = value
            subject = person if place == 0 or rng.random() < 0.4 else ("She" if person in SHE else "He")
            sentences.append(KINDS[kind].told.format(p=subject, v=value))
    passage = f"{rng.choice(OPENINGS)} {' '.join(sentences)}"
    return Scene(" and ".join(people[:2]), passage, told, people, dict(zip(told, sentences, strict=True)))
