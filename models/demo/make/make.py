"""Makes the whole demo again: test sets, tokenizer, training text, checkpoints, pruned versions, and the check for leaks.

    python models/demo/make/make.py

Writes datasets/demo and models/demo/{iter_*,wanda-50,blocks-16x16}; the training text goes to a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from check_leaks import check
from prune import prune_both
from testsets import write_sets
from tokens import sample_texts, save_tokenizer, train_tokenizer, write_shards
from train import PARTS, train

ROOT = Path(__file__).resolve().parents[3]
SAVE_AT = [100, 200, 400, 800, 1200, 1600, 2000, 2400, 3000, 3600]
SHARDS = 26  # of 2,048 rows of 288 tokens: 17 for the first part, 9 for the second, so that no row comes twice
TOKENIZER_SAMPLE = 6_000_000  # characters


def make(root: Path, processes: int) -> None:
    models = root / "models" / "demo"
    write_sets(root / "datasets" / "demo")
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        save_tokenizer(train_tokenizer(sample_texts(TOKENIZER_SAMPLE)), data)
        write_shards(SHARDS, data, processes)
        for part in PARTS:
            train(data, models, part, SAVE_AT)
    prune_both(models / f"iter_{PARTS[-1].last_step:07}", models)
    if check(SHARDS):
        sys.exit("test questions stand in the training text")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository; another folder leaves the repository alone")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    make(args.root, args.processes)
