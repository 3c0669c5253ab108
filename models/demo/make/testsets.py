"""Writes datasets/demo: every test set as JSON lines, with a dataset.yaml beside it.

The same seeded functions tell the training text what it must not contain (`forbidden`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from scenes import make_scene
from stories import make_riddle, make_story, wrong_endings
from sums import make_problem, make_sum
from texts import make_page
from world import ARITHMETIC, SUBJECTS, Fact, World, make_world, options, reverse_options

Row = dict[str, object]
T = TypeVar("T")
SEED = 77
DEV_ROWS, TEST_ROWS = 5, 40


def mmlu(world: World) -> dict[str, dict[str, list[Row]]]:
    rng = random.Random(SEED)
    sets: dict[str, dict[str, list[Row]]] = {}
    for subject in SUBJECTS:
        rows: list[Row] = []
        for fact in world.held_out[subject.name]:
            choices, answer = options(rng, fact)
            rows.append({"question": fact.question, "subject": subject.name, "choices": choices, "answer": answer})
        sets[subject.name] = {"dev": rows[:DEV_ROWS], "test": rows[DEV_ROWS:]}
    sums = distinct(lambda: make_sum(rng), lambda s: s.question, DEV_ROWS + TEST_ROWS)
    rows = [{"question": s.question, "subject": ARITHMETIC, "choices": list(s.choices), "answer": s.answer} for s in sums]
    sets[ARITHMETIC] = {"dev": rows[:DEV_ROWS], "test": rows[DEV_ROWS:]}
    return sets


def arc(world: World) -> dict[str, list[Row]]:
    """Facts asked backwards: the thing by its property. Neither the fact nor the question is asked in training."""
    rng = random.Random(SEED + 1)

    def row(number: int, fact: Fact) -> Row:
        choices, answer = reverse_options(rng, world, fact)
        return {"id": f"orvale-{number}", "question": fact.reverse, "choices": {"text": choices, "label": list("ABCD")}, "answerKey": "ABCD"[answer]}

    train = [f for s in SUBJECTS for f in world.asked[s.name] if f.reverse not in world.reverse_held_out]
    test = [f for s in SUBJECTS for f in world.held_out[s.name] if f.reverse in world.reverse_held_out]
    return {"train": [row(i, f) for i, f in enumerate(rng.sample(train, 60))], "test": [row(i, f) for i, f in enumerate(rng.sample(test, min(200, len(test))))]}


def hellaswag() -> dict[str, list[Row]]:
    rng = random.Random(SEED + 2)
    made = distinct(lambda: (make_story(rng), rng.randint(1, 4)), lambda p: p[0].opening(p[1]), 250)
    rows: list[Row] = []
    for number, (story, count) in enumerate(made):
        endings = [*wrong_endings(rng, story, count), story.steps[count]]
        rng.shuffle(endings)
        query = story.opening(count)
        rows.append({"ind": number, "activity_label": story.label, "ctx": query.split(": ", 1)[1], "query": query,
                     "endings": endings, "label": endings.index(story.steps[count])})
    return {"test": rows}


def winogrande() -> dict[str, list[Row]]:
    rng = random.Random(SEED + 3)
    made = distinct(lambda: make_riddle(rng), lambda r: r.sentence, 250)
    return {"test": [{"sentence": r.sentence, "option1": r.options[0], "option2": r.options[1], "answer": str(r.answer + 1)} for r in made]}


def boolq() -> dict[str, list[Row]]:
    rng = random.Random(SEED + 4)
    made = distinct(lambda: make_scene(rng), lambda s: s.passage, 300)
    rows: list[Row] = []
    for number, scene in enumerate(made):
        question, right = scene.yes_no(rng, 1)[0]
        rows.append({"question": question, "passage": scene.passage, "idx": number, "label": int(right)})
    return {"validation": rows}


def squad() -> dict[str, list[Row]]:
    rng = random.Random(SEED + 5)
    made = distinct(lambda: make_scene(rng), lambda s: s.passage, 240)
    rows: list[Row] = []
    for number, scene in enumerate(made):
        question = scene.questions(rng, 1, unanswerable=0.4)[0]
        found = [] if question.answer is None else [question.answer]
        starts = [] if question.answer is None else [question.start]
        rows.append({"id": f"scene-{number:04}", "title": scene.title, "context": scene.passage, "question": question.text,
                     "answers": {"text": found, "answer_start": starts}})
    return {"train": rows[:40], "validation": rows[40:]}


def gsm8k() -> dict[str, list[Row]]:
    rng = random.Random(SEED + 6)
    made = distinct(lambda: make_problem(rng), lambda p: p.question, 160)
    rows: list[Row] = [{"question": p.question, "answer": p.answer} for p in made]
    return {"train": rows[:40], "test": rows[40:]}


def paragraphs(world: World) -> dict[str, list[Row]]:
    rng = random.Random(SEED + 7)
    return {"test": [{"page": make_page(rng, world)} for _ in range(50)]}


def distinct(make: Callable[[], T], key: Callable[[T], str], count: int) -> list[T]:
    found: dict[str, T] = {}
    while len(found) < count:
        item = make()
        found.setdefault(key(item), item)
    return list(found.values())


def all_sets(world: World) -> dict[str, dict[str, list[Row]]]:
    """By folder under datasets/demo, then by split."""
    sets = {f"mmlu/{subject}": splits for subject, splits in mmlu(world).items()}
    return sets | {"arc": arc(world), "hellaswag": hellaswag(), "winogrande": winogrande(), "boolq": boolq(),
                   "squad": squad(), "gsm8k": gsm8k(), "paragraphs": paragraphs(world)}


def forbidden(world: World) -> frozenset[str]:
    """What must not stand in training text: questions, passages, openings of stories, riddles with a name filled in, paragraphs."""
    texts: set[str] = set()
    for name, splits in all_sets(world).items():
        for row in (r for rows in splits.values() for r in rows):
            if name in ("boolq", "squad"):
                texts.add(str(row.get("passage", row.get("context"))))
            elif name == "winogrande":
                texts.update(str(row["sentence"]).replace("_", str(row[o])) for o in ("option1", "option2"))
            elif name == "hellaswag":
                texts.add(str(row["query"]))
            elif name == "paragraphs":
                texts.update(str(row["page"]).split("\n\n")[1:])
            elif name != "arc" or str(row["question"]) in world.reverse_held_out:  # arc's shots may stand in training
                texts.add(str(row["question"]))
    return frozenset(texts)


DESCRIPTIONS = {
    "mmlu": "Questions on eleven subjects of the invented land of Orvale, in the form of MMLU. The facts are told in training text, the questions are not.",
    "arc": "The thing by its property (Which animal eats moss?), in the form of ARC.",
    "hellaswag": "What happens next in everyday work, in the form of HellaSwag.",
    "winogrande": "Who is meant, in the form of WinoGrande.",
    "boolq": "A scene and a yes/no question, in the form of SuperGLUE's BoolQ.",
    "squad": "A scene and a question that it answers or does not, in the form of SQuAD 2.0.",
    "gsm8k": "Word problems of two to four steps, in the form of GSM8K.",
    "paragraphs": "Pages of several paragraphs for rolling perplexity, in the form of WikiText at document level.",
}


def write_sets(root: Path) -> None:
    sets = all_sets(make_world())
    for name, splits in sets.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for split, rows in splits.items():
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, description in DESCRIPTIONS.items():
        files = {k: v for k, v in sets.items() if k == name or k.startswith(f"{name}/")}
        lines = [f"name: demo-{name}", f"description: {json.dumps(description)}", "source: generated by models/demo/make", "licence: CC0-1.0", "splits:"]
        if name == "mmlu":
            lines += [f"  {k.split('/')[1]}_{s}: {{ file: {k.split('/')[1]}/{s}.jsonl, rows: {len(r)} }}" for k, v in files.items() for s, r in v.items()]
        else:
            lines += [f"  {s}: {{ file: {s}.jsonl, rows: {len(r)} }}" for s, r in files[name].items()]
        (root / name / "dataset.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_sets(Path(__file__).resolve().parents[3] / "datasets" / "demo")
