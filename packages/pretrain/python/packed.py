"""Packed tokens: index.json beside shards of equally long sequences; raw little-endian token ids without a header.

    {"version": 1, "dtype": "uint16" | "uint32", "byteOrder": "little", "sequenceLength": 512,
     "shards": [{"file": "tokens-00000.bin", "sequences": 4096}, ...]}

Where tokens count differently in the loss, "lossWeights": [1, 6, 4], and each shard has "weights": {"file": ...}: a byte for
each token, its place in that list. Other keys (digests, counts) are not read here. src/pack writes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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
        self.weights = read_weights(path, index.get("lossWeights"))
        self.shards: list[np.memmap] = []
        self.levels: list[np.memmap] = []
        self.ends: list[int] = []
        for shard in shards:
            sequences = shard.get("sequences") if isinstance(shard, dict) else None
            if not isinstance(sequences, int) or sequences < 0:
                raise Refused("bad-data", f"{path}: {shard!r} is no shard")
            if sequences == 0:
                continue
            self.shards.append(self.open_rows(path, shard, sequences, DTYPES[index["dtype"]]))
            if self.weights is not None:
                self.levels.append(self.open_rows(path, shard.get("weights"), sequences, np.dtype("u1")))
            self.ends.append(sequences + (self.ends[-1] if self.ends else 0))
        self.sequences = self.ends[-1] if self.ends else 0
        if self.sequences == 0:
            raise Refused("bad-data", f"{path}: no sequence is there")

    def open_rows(self, path: Path, described: object, sequences: int, dtype: np.dtype) -> np.memmap:
        """One file of a shard, as long as the index says; shape [sequences, length]."""
        name = described.get("file") if isinstance(described, dict) else None
        if not isinstance(name, str) or Path(name).name != name:
            raise Refused("bad-data", f"{path}: {described!r} names no file of a shard")
        file = path.parent / name
        wanted = sequences * self.length * dtype.itemsize
        found = file.stat().st_size if file.is_file() else -1
        if found != wanted:
            raise Refused("bad-data", f"{file}: {max(found, 0)} bytes found, the index promises {wanted} bytes")
        return np.memmap(file, dtype=dtype, mode="r", shape=(sequences, self.length))

    def rows(self, numbers: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """Token ids, int64, and their weights in the loss, float32 (None: all the same); both of shape [numbers, length]."""
        places = []
        for number in numbers.tolist():
            shard = int(np.searchsorted(self.ends, number, side="right"))
            places.append((shard, number - (self.ends[shard - 1] if shard else 0)))
        ids = np.stack([self.shards[shard][row] for shard, row in places]).astype(np.int64)
        if ids.max() >= self.vocab_size:
            raise Refused("bad-data", f"token {ids.max()} in the data, the model's vocabulary has {self.vocab_size}: packed with another tokenizer")
        if self.weights is None:
            return torch.from_numpy(ids), None
        levels = np.stack([self.levels[shard][row] for shard, row in places])
        if levels.max() >= len(self.weights):
            raise Refused("bad-data", f"a token's weight is number {levels.max()}, the index lists {len(self.weights)}")
        return torch.from_numpy(ids), torch.from_numpy(self.weights[levels])


def read_weights(path: Path, listed: Any) -> np.ndarray | None:
    """The weights that a shard's bytes stand for, float32; None where there are none."""
    if listed is None:
        return None
    is_legal = isinstance(listed, list) and 0 < len(listed) <= 256 and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0 for value in listed)  # fmt: skip
    if not is_legal:
        raise Refused("bad-data", f"{path}: lossWeights is {listed!r}, expected a list of numbers of at least 0")
    return np.array(listed, dtype=np.float32)


@dataclass(frozen=True)
class Phase:
    """Data of the updates after `from_step`."""

    from_step: int
    data: Packed
    order: Order


class Course:
    """The data of a whole training: phases one after the other, each from its own first sequence on."""

    def __init__(self, phases: list[SimpleNamespace], vocab_size: int, seed: int) -> None:
        self.phases = []
        for phase in phases:
            data = Packed(Path(phase.data), vocab_size)
            self.phases.append(Phase(phase.from_step, data, Order(data.sequences, seed)))
        self.length = self.phases[0].data.length
        for phase, given in zip(self.phases, phases, strict=True):
            if phase.data.length != self.length:
                raise Refused("bad-data", f"{given.data}: sequences of {phase.data.length} tokens, those of {phases[0].data} have {self.length}")

    def sequences(self) -> int:
        return sum(phase.data.sequences for phase in self.phases)

    def at(self, step: int, per_step: int, first: int, count: int) -> tuple[Tensor, Tensor | None]:
        """Ids and weights (Packed.rows) of the update after `step`: `count` of its `per_step` sequences, from its `first` on."""
        phase = max((one for one in self.phases if one.from_step <= step), key=lambda one: one.from_step)
        begin = (step - phase.from_step) * per_step + first
        return phase.data.rows(phase.order.at(begin, count))


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
