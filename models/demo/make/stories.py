"""Stories of everyday work (HellaSwag-like) and sentences whose name only sense decides (WinoGrande-like)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from scenes import PEOPLE, SHE, THINGS
from world import COLOURS

# Each activity: its label and its steps in order. {c} is one colour, chosen once: the later steps must agree with the first.
ACTIVITIES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (label, tuple(step.strip() for step in steps.split("|"))) for label, steps in (
        ("Baking bread", "takes a {c} bowl from the shelf. | pours flour and water into the {c} bowl. | kneads the dough with both hands. | puts the dough into the hot oven. | takes the bread out of the oven."),
        ("Fishing", "carries a {c} boat to the lake. | rows the {c} boat to the deep water. | throws the net over the side. | pulls the net with care. | puts the fish into a basket."),
        ("Painting a fence", "opens a can of {c} paint. | dips a brush into the {c} paint. | paints the first board of the fence. | paints the last board of the fence. | washes the brush with water."),
        ("Washing clothes", "fills a tub with warm water. | drops a {c} shirt into the tub. | rubs the {c} shirt with soap. | rinses the shirt in the stream. | hangs the {c} shirt on the line."),
        ("Planting a tree", "digs a deep hole in the garden. | sets a young tree with {c} leaves into the hole. | fills the hole with earth. | pours water on the roots. | looks at the {c} leaves of the tree."),
        ("Making tea", "puts a {c} kettle on the fire. | waits until the {c} kettle sings. | pours hot water over the leaves. | lets the tea stand a while. | drinks the tea from a cup."),
        ("Building a kite", "cuts a sheet of {c} paper. | ties two thin sticks into a cross. | glues the {c} paper to the sticks. | ties a long string to the kite. | lets the {c} kite rise in the wind."),
        ("Milking a cow", "leads the {c} cow into the barn. | sits on a low stool by the {c} cow. | milks until the bucket is full. | carries the bucket to the kitchen. | pours the milk through a cloth."),
        ("Mending a shoe", "looks at the hole in the {c} shoe. | cuts a piece of leather. | sews the leather to the {c} shoe. | knocks small nails into the heel. | polishes the {c} shoe with wax."),
        ("Writing a letter", "takes a pen and {c} ink. | writes the name of a friend. | fills the page with {c} words. | folds the page and seals it. | gives the letter to the postman."),
        ("Picking apples", "leans a ladder on the apple tree. | climbs the ladder with a {c} basket. | picks apples until the {c} basket is full. | climbs down with great care. | stores the apples in the cellar."),
        ("Knitting a scarf", "buys a ball of {c} wool. | puts the first loops on the needles. | knits many rows of {c} wool. | cuts the thread at the end. | wears the {c} scarf in the snow."),
        ("Cleaning a window", "hangs a {c} cloth over one arm. | sprays water on the glass. | wipes the glass with the {c} cloth. | looks for spots in the sunlight. | shakes the {c} cloth in the yard."),
        ("Making a fire", "gathers dry sticks in the wood. | lays the sticks in a ring of stones. | strikes a match and lights the sticks. | blows until the flames are {c}. | warms both hands at the {c} flames."),
        ("Riding out", "brushes the {c} horse in the stable. | lays a saddle on the {c} horse. | climbs into the saddle. | rides along the road to the hills. | leads the {c} horse back to the stable."),
        ("Making a pot", "throws wet clay on the wheel. | turns the wheel with one foot. | shapes the clay into a pot. | paints {c} lines on the pot. | burns the pot with the {c} lines in the kiln."),
        ("Keeping bees", "puts on a {c} hat with a net. | opens the hive in the garden. | lifts out a frame of honey. | closes the hive with care. | takes off the {c} hat with the net."),
        ("Sailing", "unties the boat from the pier. | pulls up the {c} sail. | steers with the wind out to sea. | turns round before the night. | rolls up the {c} sail."),
    )
)


@dataclass(frozen=True)
class Story:
    label: str
    person: str
    colour: str
    steps: tuple[str, ...]

    def opening(self, count: int) -> str:
        """The label, the first `count` steps and the pronoun that begins the next one."""
        pronoun = "She" if self.person in SHE else "He"
        told = [f"{self.person if i == 0 else pronoun} {s}" for i, s in enumerate(self.steps[:count])]
        return f"{self.label}: {' '.join(told)} {pronoun}"

    def whole(self) -> str:
        return f"{self.opening(len(self.steps) - 1)} {self.steps[-1]}"


def make_story(rng: random.Random) -> Story:
    label, steps = rng.choice(ACTIVITIES)
    colour = rng.choice(COLOURS)
    return Story(label, rng.choice(PEOPLE), colour, tuple(s.format(c=colour) for s in steps))


def wrong_endings(rng: random.Random, story: Story, count: int) -> list[str]:
    """Three endings from the same work: the right step in the wrong colour (where it has one), and the nearest steps out of turn."""
    right = story.steps[count]
    near = sorted((i for i in range(len(story.steps)) if i != count), key=lambda i: (abs(i - count), rng.random()))
    endings = [story.steps[i] for i in near]
    if story.colour in right.split():
        endings.insert(0, right.replace(story.colour, rng.choice([c for c in COLOURS if c != story.colour])))
    return endings[:3]


# {a} and {b} are people; the two endings fit {a} and {b} in this order.
RIDDLES: tuple[tuple[str, str, str], ...] = (
    ("{a} sold a {t} to {b} because", "needed the money.", "needed a {t}."),
    ("{a} gave bread to {b} because", "had baked too much.", "was very hungry."),
    ("{a} carried the {t} for {b} because", "was strong.", "was tired."),
    ("{a} asked {b} for help because", "could not lift the {t}.", "was a kind neighbour."),
    ("{a} paid {b} for the {t} because", "wanted to own it.", "had made it by hand."),
    ("{a} ran away from {b} because", "was afraid.", "was angry."),
    ("{a} taught {b} to swim because", "knew the water well.", "fell into the lake."),
    ("{a} thanked {b} for the {t} because", "had wished for one.", "had sent it as a gift."),
    ("{a} waited for {b} at the bridge because", "came too early.", "came too late."),
    ("{a} followed {b} through the forest because", "did not know the way.", "knew the way."),
    ("{a} hid the {t} from {b} because", "wanted to keep it.", "wanted to break it."),
    ("{a} woke {b} at dawn because", "was up first.", "had slept too long."),
    ("{a} lent {b} a {t} because", "had two of them.", "had lost the old one."),
    ("{a} visited {b} in bed because", "brought warm soup.", "was ill."),
)


WHEN = ("Today", "Yesterday", "Last week", "In spring", "One day", "In May")


@dataclass(frozen=True)
class Riddle:
    sentence: str  # with "_" for the name
    options: tuple[str, str]
    answer: int  # 0 or 1

    def parts(self) -> tuple[str, str]:
        """The text up to and with the right name, and the ending."""
        before, after = self.sentence.split("_")
        return before + self.options[self.answer], after


def make_riddle(rng: random.Random) -> Riddle:
    opening, for_a, for_b = rng.choice(RIDDLES)
    a, b = rng.sample(PEOPLE, 2)
    which = rng.randrange(2)
    sentence = f"{rng.choice(WHEN)} {opening} _ {(for_a, for_b)[which]}".format(a=a, b=b, t=rng.choice(THINGS))
    options = (a, b) if rng.random() < 0.5 else (b, a)
    return Riddle(sentence, options, options.index((a, b)[which]))
