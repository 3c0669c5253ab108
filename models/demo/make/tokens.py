"""The tokenizer (byte-level BPE, 1,024 entries, digits one by one), and training text as packed rows of token ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from testsets import forbidden
from texts import Doc, documents
from world import make_world

BOS, EOS = "<s>", "</s>"
BOS_ID, EOS_ID = 0, 1
MAX_LENGTH = 1024
# A word or a single digit takes the space before it; so " 12" is " 1", "2".
PIECES = r" ?\p{L}+| ?\d| ?[^\s\p{L}\d]+|\s+(?!\S)|\s+"

ROW = 288  # tokens a row: five shots of the letter form fit
POOL = 64  # documents to choose from when filling a row
ROWS_PER_SHARD = 2048


def train_tokenizer(texts: Iterable[str], vocab: int = 1024) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=[BOS, EOS], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """No BOS is added by default: half of the training documents begin without one, and lm-eval would score it in pages."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": BOS, "eos_token": EOS, "add_bos_token": False,
              "model_max_length": MAX_LENGTH, "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def encoded(tokenizer: Tokenizer, docs: Iterator[Doc], seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """(ids, weights) of each document, with EOS, and BOS on every second one. Pieces meet at a space or a line break, so they may be encoded apart."""
    number = seed
    while True:
        some = list(islice(docs, 1000))
        pieces = iter(tokenizer.encode_batch_fast([text for doc in some for text, _ in doc]))
        for doc in some:
            number += 1
            ids, weights = ([BOS_ID], [0]) if number % 2 else ([], [])
            for _, weight in doc:
                piece = next(pieces).ids
                ids += piece
                weights += [weight] * len(piece)
            # EOS ends the last answer; it weighs 1.
            yield [*ids, EOS_ID], [*weights, 1]


def rows(docs: Iterator[tuple[list[int], list[int]]]) -> Iterator[tuple[list[int], list[int]]]:
    """Whole documents packed into rows of ROW + 1 tokens: an answer whose scene was cut off would teach guessing."""
    pool = list(islice(docs, POOL))
    while True:
        ids: list[int] = []
        weights: list[int] = []
        while (at := next((i for i, d in enumerate(pool) if len(d[0]) <= ROW + 1 - len(ids)), None)) is not None:
            doc = pool.pop(at)
            pool.append(next(docs))
            ids += doc[0]
            weights += doc[1]
        if not ids:  # longer than a row: cut
            doc = pool.pop(0)
            pool.append(next(docs))
            ids, weights = doc[0][: ROW + 1], doc[1][: ROW + 1]
        gap = ROW + 1 - len(ids)
        yield ids + [EOS_ID] * gap, weights + [0] * gap


def write_shard(seed: int, folder: Path) -> Path:
    """The same seed gives the same bytes."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    world = make_world()
    packed = list(islice(rows(encoded(tokenizer, documents(seed, world, forbidden(world)), seed)), ROWS_PER_SHARD))
    path = folder / f"shard_{seed:04}.npz"
    np.savez(path, ids=np.array([r[0] for r in packed], dtype=np.int16), weights=np.array([r[1] for r in packed], dtype=np.uint8))
    return path


def write_shards(count: int, folder: Path, processes: int) -> None:
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(partial(write_shard, folder=folder), range(1, count + 1)))


def sample_texts(characters: int, seed: int = 0) -> list[str]:
    world = make_world()
    texts: list[str] = []
    for doc in documents(seed, world, forbidden(world)):
        texts.append("".join(t for t, _ in doc))
        characters -= len(texts[-1])
        if characters < 0:
            return texts
    return texts
