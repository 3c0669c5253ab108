"""Muon for the matrices inside the blocks, AdamW for the embedding and the norms.

Muon (Keller Jordan, 2024) replaces a matrix's momentum by the nearest orthogonal matrix. On this data it reaches
AdamW's loss with clearly fewer tokens, which is what counts on two CPU cores. Matrices of one shape
are orthogonalised in one batched product: one by one, launching the small products costs more than computing them.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn


def orthogonalize(batch: Tensor, iterations: int = 5) -> Tensor:
    """Newton-Schulz iteration on a batch of matrices: singular values go to about one."""
    a, b, c = 3.4445, -4.7750, 2.0315
    batch = batch.bfloat16()  # exact enough for a direction, and twice as fast
    wide = batch.shape[-2] <= batch.shape[-1]
    x = batch if wide else batch.transpose(-1, -2)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.transpose(-1, -2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.transpose(-1, -2)


class Muon(torch.optim.Optimizer):
    def __init__(self, params: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: defaultdict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for p in group["params"]:
                by_shape[p.shape].append(p)
            for same in by_shape.values():
                updates = []
                for p in same:
                    state = self.state[p]
                    if not state:
                        state["momentum"] = torch.zeros_like(p)
                    momentum = state["momentum"].mul_(group["momentum"]).add_(p.grad)
                    updates.append(p.grad + group["momentum"] * momentum)
                for p, update in zip(same, orthogonalize(torch.stack(updates)), strict=True):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    # The scale keeps the size of an update the same as AdamW's, whatever the matrix's shape.
                    p.add_(update, alpha=-group["lr"] * 0.2 * max(p.shape) ** 0.5)


def make_optimizers(model: nn.Module, lr: float, embedding_lr: float) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    return [Muon(matrices, lr=lr), torch.optim.AdamW(rest, lr=embedding_lr, betas=(0.9, 0.98), weight_decay=0.01, foreach=True)]
