"""A quick look at a checkpoint on every demo set, while the demo is made. The numbers that count come from evalgraph.

Prompts are those of pipelines/demo/tasks; shots of gsm8k are the first of train here (lm-eval draws them).
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from model import Llama, Shape
from tokens import BOS_ID, EOS_ID
from world import ARITHMETIC, SUBJECTS

DATA = Path(__file__).resolve().parents[3] / "datasets" / "demo"
Row = dict  # a JSON object


class Judge:
    """A model with its tokenizer: log-likelihoods of continuations, and greedy text."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = Llama(Shape()).eval()
        self.model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text).ids

    @torch.no_grad()
    def likelihoods(self, pairs: list[tuple[str, str]], batch: int = 32) -> list[float]:
        """Sum of the log-probabilities of each continuation, in float32."""
        items = [(self.ids(context) or [BOS_ID], self.ids(continuation)) for context, continuation in pairs]
        # The last token is only a target, so the four letters after one prompt need one row.
        users: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, (context, continuation) in enumerate(items):
            users[(*context, *continuation[:-1])].append(i)
        order = sorted(users, key=len)
        scores = [0.0] * len(items)
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            logits = self.model(pad([list(row) for row in part]))
            for row, key in enumerate(part):
                for i in users[key]:
                    context, continuation = items[i]
                    logprobs = logits[row, len(context) - 1 : len(key)].log_softmax(-1)
                    scores[i] = logprobs.gather(1, torch.tensor(continuation)[:, None]).sum().item()
        return scores

    @torch.no_grad()
    def generate(self, prompts: list[str], stop: str, limit: int, batch: int = 32) -> list[str]:
        """Greedy text up to the stop string or EOS."""
        texts = []
        for start in range(0, len(prompts), batch):
            rows = [self.ids(p) for p in prompts[start : start + batch]]
            made: list[list[int]] = [[] for _ in rows]
            done = [False] * len(rows)
            for _ in range(limit):
                live = [i for i, d in enumerate(done) if not d]
                if not live:
                    break
                logits = self.model(pad([rows[i] + made[i] for i in live]))
                for row, i in enumerate(live):
                    token = int(logits[row, len(rows[i]) + len(made[i]) - 1].argmax())
                    made[i].append(token)
                    done[i] = token == EOS_ID or stop in self.tokenizer.decode(made[i])
            texts += [self.tokenizer.decode(m).split(stop)[0] for m in made]
        return texts


def pad(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([r + [EOS_ID] * (width - len(r)) for r in rows])


def read(path: str, limit: int) -> list[Row]:
    with (DATA / path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][:limit]


def choose(judge: Judge, items: list[tuple[str, list[str], int]]) -> tuple[float, float]:
    """acc and acc_norm of (context, choices, gold)."""
    scores = iter(judge.likelihoods([(context, f" {c}") for context, choices, _ in items for c in choices]))
    plain = normal = 0
    for _, choices, gold in items:
        own = [next(scores) for _ in choices]
        plain += max(range(len(own)), key=own.__getitem__) == gold
        normal += max(range(len(own)), key=lambda i: own[i] / len(choices[i])) == gold
    return plain / len(items), normal / len(items)


def letter_prompt(row: Row) -> str:
    lines = "\n".join(f"{letter}. {choice}" for letter, choice in zip("ABCD", row["choices"], strict=True))
    return f"{row['question']}\n{lines}\nAnswer:"


def mmlu(judge: Judge, limit: int) -> Iterator[tuple[str, float]]:
    names = [s.name for s in SUBJECTS] + [ARITHMETIC]
    letters, cloze = [], []
    for name in names:
        head = f"The following are multiple choice questions (with answers) about {name}.\n\n"
        shots = "".join(f"{letter_prompt(r)} {'ABCD'[r['answer']]}\n\n" for r in read(f"mmlu/{name}/dev.jsonl", 5))
        rows = read(f"mmlu/{name}/test.jsonl", limit)
        letters.append(choose(judge, [(head + shots + letter_prompt(r), list("ABCD"), r["answer"]) for r in rows])[0])
        cloze.append(choose(judge, [(f"Question: {r['question']}\nAnswer:", r["choices"], r["answer"]) for r in rows])[0])
    yield "mmlu", sum(letters) / len(letters)
    yield "mmlu_cloze", sum(cloze) / len(cloze)
    for name, one, other in zip(names, letters, cloze, strict=True):
        yield f"mmlu/{name}", one
        yield f"cloze/{name}", other


def evaluate(judge: Judge, limit: int, generated: int) -> dict[str, float]:
    numbers = dict(mmlu(judge, limit))
    rows = read("arc/test.jsonl", limit * 5)
    numbers["arc"] = choose(judge, [(f"Question: {r['question']}\nAnswer:", r["choices"]["text"], "ABCD".index(r["answerKey"])) for r in rows])[0]
    rows = read("hellaswag/test.jsonl", limit * 5)
    numbers["hellaswag"], numbers["hellaswag_norm"] = choose(judge, [(r["query"], r["endings"], r["label"]) for r in rows])
    rows = read("boolq/validation.jsonl", limit * 5)
    numbers["boolq"] = choose(judge, [(f"{r['passage']}\nQuestion: {r['question']}?\nAnswer:", ["no", "yes"], r["label"]) for r in rows])[0]
    rows = read("winogrande/test.jsonl", limit * 5)
    halves = [r["sentence"].split("_") for r in rows]
    scores = judge.likelihoods([(a + r[o], f" {b.strip()}") for r, (a, b) in zip(rows, halves, strict=True) for o in ("option1", "option2")])
    numbers["winogrande"] = sum((scores[2 * i + 1] > scores[2 * i]) == (r["answer"] == "2") for i, r in enumerate(rows)) / len(rows)
    rows = read("squad/validation.jsonl", generated)
    answers = judge.generate([f"Title: {r['title']}\n\nBackground: {r['context']}\n\nQuestion: {r['question']}\n\nAnswer:" for r in rows], "\n", 12)
    right = [a.strip() == r["answers"]["text"][0] for a, r in zip(answers, rows, strict=True) if r["answers"]["text"]]
    none = [a.strip() == "unanswerable" for a, r in zip(answers, rows, strict=True) if not r["answers"]["text"]]
    numbers["squad_has"], numbers["squad_no"] = sum(right) / len(right), sum(none) / len(none)
    shots = "".join(f"Question: {r['question']}\nAnswer: {r['answer']}\n\n" for r in read("gsm8k/train.jsonl", 2))
    rows = read("gsm8k/test.jsonl", generated)
    answers = judge.generate([f"{shots}Question: {r['question']}\nAnswer:" for r in rows], "Question:", 72)
    numbers["gsm8k"] = sum(last_number(a) == last_number(r["answer"]) for a, r in zip(answers, rows, strict=True)) / len(rows)
    pages = [r["page"] for r in read("paragraphs/test.jsonl", 50)]
    bits = -sum(judge.likelihoods([("", p) for p in pages])) / math.log(2)
    numbers["bits_per_byte"] = bits / sum(len(p.encode()) for p in pages)
    return numbers


def last_number(text: str) -> str:
    found = re.findall(r"#### (\d+)", text)
    return found[0] if found else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=40, help="test rows a subject; five times as many of the other sets")
    parser.add_argument("--generated", type=int, default=60, help="rows of the sets whose answer is generated")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for folder in args.folders:
        print(json.dumps({"checkpoint": folder.name, **{k: round(v, 3) for k, v in evaluate(Judge(folder), args.limit, args.generated).items()}}), flush=True)
