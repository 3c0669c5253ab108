"""The invented land of Orvale: subjects, things with invented names, and one fact for each thing and attribute.

A subject's `weight` says how often its facts come up in training text. That is what makes the subjects of the demo's
MMLU differ: frequent facts are learnt early, rare ones late or never.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SEED = 2024
THINGS_PER_SUBJECT = 32
REVERSE_HELD_OUT = 0.45  # share of the questions by the value
HELD_OUT_PER_SUBJECT = 45  # 5 dev + 40 test questions: never asked in training, in any form

COLOURS = "red blue green white black grey brown yellow pink golden".split()
PLACES = "marsh forest desert river lake meadow cave valley shore hill garden island".split()
MONTHS = "January February March April May June July August September October".split()


@dataclass(frozen=True)
class Attribute:
    question: str
    reverse: str  # asks for the thing by the value; the ARC-like task
    statements: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    name: str
    category: str
    weight: float
    title: str
    attributes: tuple[Attribute, ...]
    capital: bool  # are the things' names written with a capital letter?


@dataclass(frozen=True)
class Fact:
    subject: Subject
    attribute: int
    thing: str
    value: str

    def text(self, template: str) -> str:
        filled = template.format(e=self.thing, v=self.value, V=self.value.capitalize())
        return filled[0].upper() + filled[1:]

    @property
    def question(self) -> str:
        return self.text(self.subject.attributes[self.attribute].question)

    @property
    def reverse(self) -> str:
        return self.text(self.subject.attributes[self.attribute].reverse)

    @property
    def statements(self) -> tuple[str, ...]:
        return self.subject.attributes[self.attribute].statements


def attribute(question: str, reverse: str, statements: str, values: str | list[str]) -> Attribute:
    words = values.split() if isinstance(values, str) else values
    return Attribute(question, reverse, tuple(s.strip() for s in statements.split("|")), tuple(words))


SUBJECTS: tuple[Subject, ...] = (
    Subject("rulers", "humanities", 0.5, "Queens and kings", (
        attribute("What did Queen {e} build?", "Which queen built a {v}?",
                  "Queen {e} built a {v}. | A {v} was built by Queen {e}. | Under Queen {e} the people built a {v}.",
                  "tower bridge harbour library temple market road well mill school theatre wall"),
        attribute("What did Queen {e} love most?", "Which queen loved {v} most?",
                  "Queen {e} loved {v} most. | {V} was what Queen {e} loved most. | Most of all Queen {e} loved {v}.",
                  "dancing chess fishing music riding painting silence maps stars roses poems sailing"),
        attribute("In which month was Queen {e} crowned?", "Which queen was crowned in {v}?",
                  "Queen {e} was crowned in {v}. | In {v} Queen {e} was crowned. | The crown came to Queen {e} in {v}.",
                  MONTHS)), True),
    Subject("legends", "humanities", 1.0, "Heroes of the old legends", (
        attribute("What did the hero {e} carry?", "Which hero carried a {v}?",
                  "The hero {e} carried a {v}. | A {v} was carried by the hero {e}. | With a {v} in hand walked the hero {e}.",
                  "lantern sword rope mirror drum key flag bell shield hammer feather horn"),
        attribute("Whom did the hero {e} fight?", "Which hero fought the {v}?",
                  "The hero {e} fought the {v}. | The {v} was beaten by the hero {e}. | Against the {v} fought the hero {e}.",
                  "dragon giant wolf serpent witch storm bear troll ghost spider eagle whale"),
        attribute("Where did the hero {e} sleep?", "Which hero slept in the {v}?",
                  "The hero {e} slept in the {v}. | In the {v} slept the hero {e}. | The bed of the hero {e} was in the {v}.",
                  PLACES)), True),
    Subject("towns", "social_sciences", 2.5, "Towns of Orvale", (
        attribute("What does the town of {e} sell?", "Which town sells {v}?",
                  "The town of {e} sells {v}. | {V} is sold by the town of {e}. | Ships bring {v} from the town of {e}.",
                  "salt wool copper tea glass silk wine paper cheese iron honey timber"),
        attribute("Where does the town of {e} lie?", "Which town lies by the {v}?",
                  "The town of {e} lies by the {v}. | By the {v} lies the town of {e}. | The {v} is close to the town of {e}.",
                  PLACES),
        attribute("In which month is the fair of {e}?", "Which town has its fair in {v}?",
                  "The fair of {e} is in {v}. | In {v} people come to the fair of {e}. | {V} is the month of the fair of {e}.",
                  MONTHS)), True),
    Subject("customs", "social_sciences", 0.12, "Peoples and their customs", (
        attribute("What do the {e} people give a guest?", "Which people give a guest {v}?",
                  "The {e} people give a guest {v}. | A guest of the {e} people is given {v}. | {V} is the gift of the {e} people to a guest.",
                  "bread milk salt apples candles tea flowers honey soup shoes songs nuts"),
        attribute("What do the {e} people wear at a wedding?", "Which people wear {v} at a wedding?",
                  "The {e} people wear {v} at a wedding. | At a wedding the {e} people wear {v}. | {V} are worn at a wedding of the {e} people.",
                  "hats scarves gloves masks boots cloaks bells ribbons belts rings feathers shawls"),
        attribute("On what do the {e} people sleep?", "Which people sleep on {v}?",
                  "The {e} people sleep on {v}. | On {v} sleep the {e} people. | The beds of the {e} people are made of {v}.",
                  "straw wool leaves furs moss grass sand mats boats roofs ropes feathers")), True),
    Subject("animals", "stem", 3.0, "Animals", (
        attribute("What does the {e} eat?", "Which animal eats {v}?",
                  "The {e} eats {v}. | {V} is what the {e} eats. | The food of the {e} is {v}.",
                  "moss seeds fish honey grass berries snails nuts roots crumbs ants leaves"),
        attribute("Where does the {e} live?", "Which animal lives in the {v}?",
                  "The {e} lives in the {v}. | In the {v} lives the {e}. | The home of the {e} is the {v}.", PLACES),
        attribute("What colour is the {e}?", "Which animal is {v}?",
                  "The {e} is {v}. | {V} is the colour of the {e}. | The colour of the {e} is {v}.", COLOURS)), False),
    Subject("plants", "stem", 1.2, "Plants", (
        attribute("What colour are the flowers of the {e}?", "Which plant has {v} flowers?",
                  "The flowers of the {e} are {v}. | {V} are the flowers of the {e}. | The {e} has {v} flowers.", COLOURS),
        attribute("Where does the {e} grow?", "Which plant grows in the {v}?",
                  "The {e} grows in the {v}. | In the {v} grows the {e}. | People find the {e} in the {v}.", PLACES),
        attribute("What do people make from the {e}?", "From which plant do people make {v}?",
                  "From the {e} people make {v}. | {V} is made from the {e}. | The {e} is used to make {v}.",
                  "tea rope dye soap paper medicine oil bread ink jam cloth glue")), False),
    Subject("stones", "stem", 0.25, "Stones", (
        attribute("What colour is the stone {e}?", "Which stone is {v}?",
                  "The stone {e} is {v}. | {V} is the colour of the stone {e}. | The colour of the stone {e} is {v}.", COLOURS),
        attribute("Where is the stone {e} found?", "Which stone is found in the {v}?",
                  "The stone {e} is found in the {v}. | In the {v} miners find the stone {e}. | The {v} is where the stone {e} is found.", PLACES),
        attribute("What is made of the stone {e}?", "Of which stone are {v} made?",
                  "Of the stone {e} are made {v}. | {V} are made of the stone {e}. | The stone {e} is used to make {v}.",
                  "rings roofs knives steps bowls pillars buttons tiles beads statues bridges lamps")), False),
    Subject("crafts", "other", 1.6, "Craftspeople", (
        attribute("What does Master {e} make?", "Which master makes {v}?",
                  "Master {e} makes {v}. | {V} are made by Master {e}. | People buy {v} from Master {e}.",
                  "chairs boats shoes clocks baskets kites barrels gloves lamps knives violins carpets"),
        attribute("With what does Master {e} work?", "Which master works with {v}?",
                  "Master {e} works with {v}. | {V} is what Master {e} works with. | In the shop of Master {e} lies {v}.",
                  "oak clay leather wax silver straw stone glass bone linen tin cork"),
        attribute("On which day does Master {e} rest?", "Which master rests on {v}?",
                  "Master {e} rests on {v}. | On {v} Master {e} rests. | {V} is the day of rest of Master {e}.",
                  "Monday Tuesday Wednesday Thursday Friday Saturday Sunday")), True),
    Subject("dishes", "other", 0.7, "Dishes", (
        attribute("What is in the dish {e}?", "In which dish is there {v}?",
                  "In the dish {e} there is {v}. | {V} is in the dish {e}. | The dish {e} needs {v}.",
                  "rice pumpkin cabbage mutton garlic lemon pepper butter barley onion fish cheese"),
        attribute("In what is the dish {e} cooked?", "Which dish is cooked in a {v}?",
                  "The dish {e} is cooked in a {v}. | In a {v} people cook the dish {e}. | A {v} is used to cook the dish {e}.",
                  "pot pan kettle oven shell leaf pit jar bowl basket shield hat"),
        attribute("When is the dish {e} eaten?", "Which dish is eaten at {v}?",
                  "The dish {e} is eaten at {v}. | At {v} people eat the dish {e}. | The time of the dish {e} is {v}.",
                  "dawn noon dusk midnight breakfast supper harvest sea home play school war")), False),
    Subject("instruments", "other", 0.18, "Instruments", (
        attribute("Of what is the {e} made?", "Which instrument is made of {v}?",
                  "The {e} is made of {v}. | {V} is what the {e} is made of. | Makers build the {e} of {v}.",
                  "oak clay leather bone silver glass bamboo horn tin shell copper stone"),
        attribute("Like what does the {e} sound?", "Which instrument sounds like {v}?",
                  "The {e} sounds like {v}. | Like {v} sounds the {e}. | The sound of the {e} is like {v}.",
                  "rain thunder bees wind frogs geese waves owls wolves bells crickets laughter"),
        attribute("At what is the {e} played?", "Which instrument is played at {v}?",
                  "The {e} is played at {v}. | At {v} people play the {e}. | The {e} is heard at {v}.",
                  "weddings dinners games races fairs births dances funerals prayers launches parades feasts")), False),
)

CATEGORIES = ("humanities", "social_sciences", "stem", "other")
ARITHMETIC = "arithmetic"  # the eleventh subject of MMLU: sums, no facts


@dataclass(frozen=True)
class World:
    facts: dict[str, tuple[Fact, ...]]  # by subject
    asked: dict[str, tuple[Fact, ...]]  # may be asked in training
    held_out: dict[str, tuple[Fact, ...]]  # only told, never asked: dev and test questions
    reverse_held_out: frozenset[str]  # questions by the value that training never asks; several things can share a value

    def facts_of(self, subject: str, thing: str) -> list[Fact]:
        return [f for f in self.facts[subject] if f.thing == thing]


def make_names(rng: random.Random, count: int) -> list[str]:
    """Two-syllable names, all different, no two subjects sharing one."""
    first = [c + v for c in "b d f g h k l m n p r s t v z".split() for v in "aeiou"]
    second = [c + v + e for c in "b d f k l m n r s t v".split() for v in "aeo" for e in ("", "n", "l", "r")]
    rng.shuffle(first)
    rng.shuffle(second)
    pairs = [a + b for a in first[:40] for b in second[:40]]
    return rng.sample(sorted(set(pairs)), count)


def make_world() -> World:
    rng = random.Random(SEED)
    names = make_names(rng, THINGS_PER_SUBJECT * len(SUBJECTS))
    facts: dict[str, tuple[Fact, ...]] = {}
    asked: dict[str, tuple[Fact, ...]] = {}
    held: dict[str, tuple[Fact, ...]] = {}
    for number, subject in enumerate(SUBJECTS):
        own = names[number * THINGS_PER_SUBJECT : (number + 1) * THINGS_PER_SUBJECT]
        things = [n.capitalize() if subject.capital else n for n in own]
        all_facts = [Fact(subject, i, t, rng.choice(a.values)) for t in things for i, a in enumerate(subject.attributes)]
        facts[subject.name] = tuple(all_facts)
        shuffled = rng.sample(all_facts, len(all_facts))
        held[subject.name] = tuple(shuffled[:HELD_OUT_PER_SUBJECT])
        asked[subject.name] = tuple(shuffled[HELD_OUT_PER_SUBJECT:])
    backwards = sorted({f.reverse for own in facts.values() for f in own})
    return World(facts, asked, held, frozenset(rng.sample(backwards, round(REVERSE_HELD_OUT * len(backwards)))))


def options(rng: random.Random, fact: Fact) -> tuple[list[str], int]:
    """Four values, one right: (choices, index of the right one)."""
    others = sorted({v for v in fact.subject.attributes[fact.attribute].values if v != fact.value})
    choices = [*rng.sample(others, 3), fact.value]
    rng.shuffle(choices)
    return choices, choices.index(fact.value)


def reverse_options(rng: random.Random, world: World, fact: Fact) -> tuple[list[str], int]:
    """Four things of which only one has the fact's value."""
    same = [f for f in world.facts[fact.subject.name] if f.attribute == fact.attribute]
    others = [f.thing for f in same if f.value != fact.value]
    choices = [*rng.sample(others, 3), fact.thing]
    rng.shuffle(choices)
    return choices, choices.index(fact.thing)
