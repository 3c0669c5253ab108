"""Packed tokens: index.json beside shards of equally long sequences; raw little-endian token ids without a header.

    {"version": 1, "dtype": "uint16" | "uint32", "byteOrder": "little", "sequenceLength": 512,
     "shards": [{"file": "tokens-00000.bin", "sequences": 4096}, ...]}

Other keys (digests, counts) are not read here. src/pack writes it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from events import Refused
from settings import read_json_object

DTYPES = {"uint16": np.dtype("<u2"), "uint32": np.dtype("<u4")}


class Packed:
    """Sequences by number, mapped from the shards; nothing is read before it is asked for."""

    def __init__(self, folder: Path, vocab_size: int) -> None:
        path = folder / "index.json"
        index = read_json_object(path)
        form = {name: index.get(name) for name in ("version", "dtype", "byteOrder")}
        if form["version"] != 1 or form["dtype"] not in DTYPES or form["byteOrder"] != "little":
            raise Refused("bad-data", f"{path}: {form} cannot be read; known: version 1, {' or '.join(DTYPES)}, little")
        self.length = index.get("sequenceLength")
        shards = index.get("shards")
        if not isinstance(self.length, int) or self.length < 2 or not isinstance(shards, list):
            raise Refused("bad-data", f"{path}: sequenceLength (at least 2) or shards are missing")
        self.vocab_size = vocab_size
        self.shards: list[np.memmap] = []
        self.ends: list[int] = []
        dtype = DTYPES[index["dtype"]]
        for shard in shards:
            name, sequences = shard.get("file"), shard.get("sequences")
            if not isinstance(name, str) or Path(name).name != name or not isinstance(sequences, int) or sequences < 0:
                raise Refused("bad-data", f"{path}: {shard!r} is no shard")
            file = folder / name
            wanted = sequences * self.length * dtype.itemsize
            found = file.stat().st_size if file.is_file() else -1
            if found != wanted:
                raise Refused("bad-data", f"{file}: {max(found, 0)} bytes found, the index promises {wanted} bytes")
            if sequences == 0:
                continue
            self.shards.append(np.memmap(file, dtype=dtype, mode="r", shape=(sequences, self.length)))
            self.ends.append(sequences + (self.ends[-1] if self.ends else 0))
        self.sequences = self.ends[-1] if self.ends else 0
        if self.sequences == 0:
            raise Refused("bad-data", f"{path}: no sequence is there")

    def rows(self, numbers: np.ndarray) -> Tensor:
        """Token ids, shape [numbers, length], int64."""
        rows = []
        for number in numbers.tolist():
            shard = int(np.searchsorted(self.ends, number, side="right"))
            start = self.ends[shard - 1] if shard else 0
            rows.append(self.shards[shard][number - start])
        ids = np.stack(rows).astype(np.int64)
        if ids.max() >= self.vocab_size:
            raise Refused("bad-data", f"token {ids.max()} in the data, the model's vocabulary has {self.vocab_size}: packed with another tokenizer")
        return torch.from_numpy(ids)


class Order:
    """Which sequence comes when: each once an epoch, shuffled by (seed, epoch). A function of the position alone, so a resumed run needs no state."""

    def __init__(self, sequences: int, seed: int) -> None:
        self.sequences, self.seed = sequences, seed
        self.epoch = -1
        self.order = np.empty(0, dtype=np.int64)

    def at(self, first: int, count: int) -> np.ndarray:
        return np.array([self.number(position) for position in range(first, first + count)])

    def number(self, position: int) -> int:
        epoch, within = divmod(position, self.sequences)
        if epoch != self.epoch:
            self.order = np.random.Generator(np.random.PCG64([self.seed, epoch])).permutation(self.sequences)
            self.epoch = epoch
        return int(self.order[within])
