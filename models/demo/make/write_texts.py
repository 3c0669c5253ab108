"""Writes the demo's training text, a file for each kind of document: made/demo-text/<part>/<kind>.jsonl.

    python models/demo/make/write_texts.py

Parts: first and second (of the training), unseen (what pruning is calibrated on). the ready pipeline demo-series trains on them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from testsets import forbidden
from texts import SECOND_PART, named_documents
from world import make_world

ROOT = Path(__file__).resolve().parents[3]
# Seed of the generator, and characters: what the steps take, at 3.0 and 3.2 characters a token, and some more.
PARTS = {"first": (1, 30_000_000), "second": (SECOND_PART, 16_000_000), "unseen": (1000, 400_000)}


def write_texts(out: Path, share: float) -> None:
    world = make_world()
    wanted = forbidden(world)
    for part, (seed, whole) in PARTS.items():
        characters = whole * share
        folder = out / part
        folder.mkdir(parents=True, exist_ok=True)
        files = {}
        for kind, doc in named_documents(seed, world, wanted):
            text = "".join(piece for piece, _ in doc)
            if kind not in files:
                files[kind] = (folder / f"{kind}.jsonl").open("w", encoding="utf-8", newline="\n")
            files[kind].write(json.dumps({"text": text}) + "\n")
            characters -= len(text)
            if characters < 0:
                break
        for file in files.values():
            file.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "made" / "demo-text")
    parser.add_argument("--share", type=float, default=1.0, help="of the text; less gives the beginning of each part")
    args = parser.parse_args()
    write_texts(args.out, args.share)
