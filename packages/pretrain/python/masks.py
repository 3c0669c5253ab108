"""Importance of every weight -> which stay. Pure: one matrix [outputs, inputs] in, one boolean matrix out. Ties: the earlier weight goes first."""

from __future__ import annotations

import torch
from torch import Tensor

from events import Refused


def without_least(scores: Tensor, drop: int) -> Tensor:
    """Of each row, all but the `drop` least important."""
    order = scores.argsort(dim=1, stable=True)[:, :drop]
    return torch.ones_like(scores, dtype=torch.bool).scatter_(1, order, False)


def unstructured(importance: Tensor, sparsity: float, by_row: bool) -> Tensor:
    """By row: as Wanda compares; else over the whole matrix, as magnitude pruning does."""
    rows = importance if by_row else importance.reshape(1, -1)
    return without_least(rows, int(sparsity * rows.shape[1])).view(importance.shape)


def n_of_m(importance: Tensor, n: int, m: int) -> Tensor:
    """Of every m consecutive inputs of an output, the n most important stay (2:4 is what sparse tensor cores read)."""
    outputs, inputs = importance.shape
    if inputs % m:
        raise Refused("bad-shape", f"{inputs} inputs are no multiple of {m}")
    return without_least(importance.reshape(-1, m), m - n).view(outputs, inputs)


def tiered_blocks(importance: Tensor, size: int, tiers: list[tuple[float, float]]) -> Tensor:
    """
    The matrix is cut into blocks of size x size, ranked by their summed importance. The first tier's share of the
    blocks, the most important ones, loses its sparsity's share of weights in every block; and so on down.
    """
    outputs, inputs = importance.shape
    if outputs % size or inputs % size:
        raise Refused("bad-shape", f"{outputs} x {inputs} cannot be cut into blocks of {size} x {size}")
    grid = importance.view(outputs // size, size, inputs // size, size).transpose(1, 2)
    flat = grid.reshape(-1, size * size)
    best_first = flat.sum(1).argsort(descending=True, stable=True)
    keep = torch.ones_like(flat, dtype=torch.bool)
    start, share_so_far = 0, 0.0
    for share, sparsity in tiers:
        share_so_far += share
        end = round(share_so_far * len(flat))
        blocks = best_first[start:end]
        keep[blocks] = without_least(flat[blocks], round(sparsity * size * size))
        start = end
    return keep.view(grid.shape).transpose(1, 2).reshape(outputs, inputs)
