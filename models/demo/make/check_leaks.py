"""Looks for test questions in the training text, by another way than the one that keeps them out.

`texts.leaks` drops documents of which a whole line is a test's. Here every place of the training text is compared: the
first words of each test text are looked up at every word of every document, and where they stand the whole is compared.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from testsets import forbidden
from texts import documents
from tokens import ROWS_PER_SHARD
from world import make_world

HEAD = 4  # words that are looked up; the shortest test question has as many


def find_leaks(texts: Iterable[str], wanted: frozenset[str]) -> Iterator[str]:
    by_head: defaultdict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for text in wanted:
        words = text.split()
        by_head[tuple(words[:HEAD])].append(words)
    for text in texts:
        words = text.split()
        for at in range(len(words) - HEAD + 1):
            for whole in by_head.get(tuple(words[at : at + HEAD]), ()):
                if words[at : at + len(whole)] == whole:
                    yield " ".join(whole)


def check(shards: int) -> int:
    """The number of leaks; the first ones are printed. Slightly more documents are read than the shards hold."""
    world = make_world()
    wanted = frozenset(t for t in forbidden(world) if len(t.split()) >= HEAD)
    found = 0
    for seed in range(1, shards + 1):
        docs = islice(documents(seed, world, forbidden(world)), ROWS_PER_SHARD * 4)
        for leak in find_leaks(("".join(t for t, _ in doc) for doc in docs), wanted):
            found += 1
            if found < 10:
                print(f"shard {seed}: {leak}")
    print(f"{len(wanted)} test texts, {shards} shards: {found} leaks")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=26)
    sys.exit(1 if check(parser.parse_args().shards) else 0)
