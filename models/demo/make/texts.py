"""Training documents. Each has the form of one task's prompt, or is a plain page.

A document is a list of (text, weight): the loss of a piece's tokens is multiplied by its weight. Answers are a few
percent of the tokens and hold nearly all that is to be learnt, so they weigh more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from scenes import COLOURS, FOODS, THINGS, make_scene
from stories import make_riddle, make_story
from sums import make_problem, make_sum
from world import ARITHMETIC, SUBJECTS, World, options, reverse_options

Doc = list[tuple[str, int]]
Maker = Callable[[random.Random, World], Doc]

WEIGHT = {"letter": 6, "answer": 4, "copy": 5, "yes": 6, "steps": 2, "ending": 3, "plain": 1}


def make_page(rng: random.Random, world: World) -> str:
    """A title and three to five paragraphs: facts, a scene, a story."""
    subject = rng.choices(SUBJECTS, [s.weight for s in SUBJECTS])[0]
    things = list(dict.fromkeys(f.thing for f in world.facts[subject.name]))
    paragraphs = [subject.title]
    for thing in rng.sample(things, rng.choice((2, 3))):
        facts = world.facts_of(subject.name, thing)
        rng.shuffle(facts)
        paragraphs.append(" ".join(f.text(rng.choice(f.statements)) for f in facts))
    if rng.random() < 0.4:
        paragraphs.append(make_scene(rng).passage)
    if rng.random() < 0.3:
        paragraphs.append(make_story(rng).whole())
    return "\n\n".join(paragraphs)


def page(rng: random.Random, world: World) -> Doc:
    return [(make_page(rng, world), WEIGHT["plain"])]


def ask(rng: random.Random, world: World) -> tuple[str, list[str], int, str, str]:
    """One knowledge question that training may ask: (question, choices, answer, subject, a statement of the fact or "")."""
    if rng.random() < 0.12:
        one = make_sum(rng)
        return one.question, list(one.choices), one.answer, ARITHMETIC, ""
    # Rare subjects are asked a little more often than they are told, so that their form is known when a fact is.
    subject = rng.choices(SUBJECTS, [s.weight**0.7 for s in SUBJECTS])[0]
    fact = rng.choice(world.asked[subject.name])
    if rng.random() < 0.35 and fact.reverse not in world.reverse_held_out:
        choices, answer = reverse_options(rng, world, fact)
        question = fact.reverse
    else:
        choices, answer = options(rng, fact)
        question = fact.question
    return question, choices, answer, subject.name, fact.text(rng.choice(fact.statements))


def questions(rng: random.Random, world: World) -> Doc:
    """ARC's form: questions with their answers as text."""
    doc: Doc = []
    for i in range(rng.randint(1, 6)):
        question, choices, answer, _, _ = ask(rng, world)
        doc += [(f"{chr(10) * 2 if i else ''}Question: {question}\nAnswer:", 1), (f" {choices[answer]}", WEIGHT["answer"])]
    return doc


def letters(rng: random.Random, world: World) -> Doc:
    """MMLU's form, two to six questions. A document is of one sort: knowledge, the fact given, or "which one says".

    The last two teach what the letter stands for: find the text, give its letter. Without them it is never learnt.
    """
    sort = rng.choices(("known", "given", "says"), (0.4, 0.3, 0.3))[0]
    subject = ask(rng, world)[3]
    doc: Doc = []
    if rng.random() < 0.7:
        doc.append((f"The following are multiple choice questions (with answers) about {subject}.\n\n", 1))
    for i in range(rng.randint(3, 6)):
        question, choices, answer, about, statement = ask(rng, world)
        while sort == "known" and about != subject and rng.random() < 0.9:
            question, choices, answer, about, statement = ask(rng, world)
        if sort == "says":
            if rng.random() < 0.5:
                choices = rng.sample(sorted({*COLOURS, *FOODS, *THINGS}), 4)
            question = f"Which one says {choices[answer]}?"
        elif sort == "given" and statement:
            question = f"{statement} {question}"
        lines = "\n".join(f"{letter}. {choice}" for letter, choice in zip("ABCD", choices, strict=True))
        doc += [(f"{chr(10) * 2 if i else ''}{question}\n{lines}\nAnswer:", 1), (f" {'ABCD'[answer]}", WEIGHT["letter"])]
    return doc


def reading(rng: random.Random, world: World) -> Doc:
    """SQuAD's form; several questions on one scene, because each answer teaches and the scene is paid for once."""
    scene = make_scene(rng)
    doc: Doc = [(f"Title: {scene.title}\n\nBackground: {scene.passage}\n\n", 1)]
    for i, q in enumerate(scene.questions(rng, rng.randint(1, 6), unanswerable=0.3)):
        doc += [(f"{chr(10) * 2 if i else ''}Question: {q.text}\n\nAnswer:", 1), (f" {q.answer or 'unanswerable'}", WEIGHT["copy"])]
    return doc


def yes_no(rng: random.Random, world: World) -> Doc:
    """BoolQ's form, several questions on one scene."""
    scene = make_scene(rng)
    doc: Doc = [(scene.passage, 1)]
    for question, right in scene.yes_no(rng, rng.randint(1, 5)):
        doc += [(f"\nQuestion: {question}?\nAnswer:", 1), (" yes" if right else " no", WEIGHT["yes"])]
    return doc


def yes_no_pairs(rng: random.Random, world: World) -> Doc:
    """As yes_no, with more questions on a scene than it tells: the same is asked rightly and wrongly, and only the scene tells which."""
    scene = make_scene(rng)
    asked = [*scene.yes_no(rng, 3, share=1.0), *scene.yes_no(rng, 3, share=0.0), *scene.yes_no(rng, 2)]
    rng.shuffle(asked)
    doc: Doc = [(scene.passage, 1)]
    for question, right in asked:
        doc += [(f"\nQuestion: {question}?\nAnswer:", 1), (" yes" if right else " no", WEIGHT["yes"])]
    return doc


def problems(rng: random.Random, world: World) -> Doc:
    """GSM8K's form, one to three problems."""
    doc: Doc = []
    for i in range(rng.randint(1, 3)):
        p = make_problem(rng)
        doc += [(f"{chr(10) * 2 if i else ''}Question: {p.question}\nAnswer:", 1), (f" {p.answer}", WEIGHT["steps"])]
    return doc


def riddles(rng: random.Random, world: World) -> Doc:
    doc: Doc = []
    for i in range(rng.randint(2, 7)):
        before, after = make_riddle(rng).parts()
        doc += [(f"{chr(10) if i else ''}{before}", 1), (after, WEIGHT["ending"])]
    return doc


def stories(rng: random.Random, world: World) -> Doc:
    return [("\n\n".join(make_story(rng).whole() for _ in range(rng.randint(1, 3))), WEIGHT["plain"])]


def repeats(rng: random.Random, world: World) -> Doc:
    """A list of words, told twice: copying (an induction head) is what all reading is built on."""
    words = rng.choices(sorted({*COLOURS, *FOODS, *THINGS}), k=rng.randint(5, 30))
    return [(" ".join(words) + "\n", 1), (" ".join(words), 2)]


MAKERS: dict[str, Maker] = {"page": page, "questions": questions, "letters": letters, "reading": reading, "yes_no": yes_no, "yes_no_pairs": yes_no_pairs,
                            "problems": problems, "riddles": riddles, "stories": stories, "repeats": repeats}
# Shares of the text's characters. Riddles and yes/no questions give one bit a question: after the first part of the training
# both were at chance, so from the shard SECOND_PART on they get more of the text, at the cost of the letters. That was enough
# for the riddles (100 % at the end), not for yes/no.
FIRST_SHARES = {"page": 0.18, "questions": 0.10, "letters": 0.20, "reading": 0.17, "yes_no": 0.10,
                "problems": 0.13, "riddles": 0.06, "stories": 0.05, "repeats": 0.01}
SECOND_SHARES = {"page": 0.14, "questions": 0.10, "letters": 0.09, "reading": 0.14, "yes_no": 0.05, "yes_no_pairs": 0.18,
                 "problems": 0.12, "riddles": 0.15, "stories": 0.02, "repeats": 0.01}
SECOND_PART = 18


def documents(seed: int, world: World, forbidden: frozenset[str]) -> Iterator[Doc]:
    return (doc for _, doc in named_documents(seed, world, forbidden))


def named_documents(seed: int, world: World, forbidden: frozenset[str]) -> Iterator[tuple[str, Doc]]:
    """Documents without end, each with its kind; at each step the kind that is furthest behind its share."""
    rng = random.Random(seed)
    shares = FIRST_SHARES if seed < SECOND_PART else SECOND_SHARES
    written = dict.fromkeys(shares, 1.0)
    while True:
        kind = min(shares, key=lambda k: written[k] / shares[k] * rng.uniform(0.7, 1.3))
        doc = MAKERS[kind](rng, world)
        text = "".join(t for t, _ in doc)
        written[kind] += len(text)
        if not leaks(text, forbidden):
            yield kind, doc


def leaks(text: str, forbidden: frozenset[str]) -> bool:
    """Whether a whole line, a question, or a story's opening is a test's. `check_leaks.py` looks again, by another way."""
    for line in text.split("\n"):
        if line in forbidden:
            return True
        for prefix in ("Question: ", "Background: "):
            if line.startswith(prefix) and line[len(prefix):] in forbidden:
                return True
        if ": " in line and any(line[: pronoun.end()] in forbidden for pronoun in re.finditer(r" (She|He)\b", line)):
            return True
    return False
