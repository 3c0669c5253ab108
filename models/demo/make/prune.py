"""Two pruned versions of a checkpoint, both by Wanda's importance |W| * ||X|| (Sun et al., 2023).

wanda-50: in every row of every linear layer inside the blocks, the less important half is zero.
blocks-16x16: every matrix is cut into blocks of 16x16, the blocks are ranked by their summed importance, and the less
important a block, the sparser: TIERS. Inside a block the least important weights go.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from evaluate import Judge
from testsets import forbidden
from texts import documents
from tokens import encoded, rows
from train import save_checkpoint
from world import make_world

CALIBRATION_SEED = 9001  # no shard has it
CALIBRATION_ROWS = 128
BLOCK = 16
TIERS = ((0.35, 0.25), (0.45, 0.50), (0.20, 0.75))  # (share of the blocks, sparsity), the most important blocks first

Mask = Callable[[Tensor], Tensor]  # importance -> True where the weight stays


def keep_half_of_each_row(importance: Tensor) -> Tensor:
    drop = importance.shape[1] // 2
    order = importance.argsort(dim=1)
    return torch.ones_like(importance, dtype=torch.bool).scatter_(1, order[:, :drop], False)


def keep_by_tier(importance: Tensor) -> Tensor:
    out, inner = importance.shape
    grid = importance.view(out // BLOCK, BLOCK, inner // BLOCK, BLOCK).transpose(1, 2)
    flat = grid.reshape(-1, BLOCK * BLOCK)  # a row a block
    best_first = flat.sum(1).argsort(descending=True)
    keep = torch.ones_like(flat, dtype=torch.bool)
    start, share_so_far = 0, 0.0
    for share, sparsity in TIERS:
        share_so_far += share
        end = round(share_so_far * len(flat))
        blocks = best_first[start:end]
        order = flat[blocks].argsort(dim=1)[:, : round(sparsity * BLOCK * BLOCK)]
        keep[blocks] = torch.ones(len(blocks), BLOCK * BLOCK, dtype=torch.bool).scatter_(1, order, False)
        start = end
    return keep.view(grid.shape).transpose(1, 2).reshape(out, inner)


@torch.no_grad()
def prune(judge: Judge, mask: Mask, calibration: Tensor) -> None:
    """Block after block, as in the paper: each sees the inputs that the pruned blocks before it give."""
    decoder = judge.model.model
    x = decoder.embed_tokens(calibration)
    cos, sin = decoder.cos[: x.shape[1]], decoder.sin[: x.shape[1]]
    for layer in decoder.layers:
        linears = [m for m in layer.modules() if isinstance(m, nn.Linear)]
        squares: dict[nn.Linear, Tensor] = {}

        def note(module: nn.Linear, inputs: tuple[Tensor], _: Tensor) -> None:
            squares[module] = inputs[0].flatten(0, 1).square().sum(0)  # noqa: B023

        hooks = [m.register_forward_hook(note) for m in linears]
        layer(x, cos, sin)
        for hook in hooks:
            hook.remove()
        for linear in linears:
            linear.weight.mul_(mask(linear.weight.abs() * squares[linear].sqrt()))
        x = layer(x, cos, sin)


def calibration_rows(tokenizer: Tokenizer) -> Tensor:
    world = make_world()
    docs = encoded(tokenizer, documents(CALIBRATION_SEED, world, forbidden(world)), CALIBRATION_SEED)
    return torch.tensor([ids for ids, _ in islice(rows(docs), CALIBRATION_ROWS)])[:, :-1]


def prune_both(dense: Path, out: Path) -> None:
    for name, mask in (("wanda-50", keep_half_of_each_row), ("blocks-16x16", keep_by_tier)):
        judge = Judge(dense)
        prune(judge, mask, calibration_rows(judge.tokenizer))
        save_checkpoint(judge.model, judge.tokenizer, out / name)
        weights = [m.weight for m in judge.model.modules() if isinstance(m, nn.Linear)]
        zeros = sum(int((w == 0).sum()) for w in weights) / sum(w.numel() for w in weights)
        print(f"{name}: {zeros:.4f} of the weights inside the blocks are zero")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dense", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    prune_both(args.dense, args.out)
