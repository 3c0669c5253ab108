"""AdamW for all, or Muon for the matrices inside the layers and AdamW for the rest."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import torch
from torch import Tensor, nn


def make_optimizers(model: nn.Module, settings: SimpleNamespace) -> list[torch.optim.Optimizer]:
    """Norms and biases do not decay; with Muon, neither do embedding and head."""
    adam = {"lr": settings.learning_rate, "betas": (settings.beta1, settings.beta2), "eps": settings.epsilon}
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    if settings.optimizer == "adamw":
        groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        return [torch.optim.AdamW(groups, **adam)]
    outer = {id(m.weight) for m in (model.get_input_embeddings(), model.get_output_embeddings()) if m is not None}
    inside = [p for p in matrices if p.dim() == 2 and id(p) not in outer]
    rest = [p for p in model.parameters() if p.dim() != 2 or id(p) in outer]
    return [Muon(inside, lr=settings.learning_rate, weight_decay=settings.weight_decay), torch.optim.AdamW(rest, weight_decay=0.0, **adam)]


def orthogonalize(batch: Tensor, iterations: int = 5) -> Tensor:
    """Newton-Schulz iteration on a batch of matrices: singular values go to about one."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = batch.shape[-2] <= batch.shape[-1]
    x = (batch if wide else batch.transpose(-1, -2)).bfloat16()  # exact enough for a direction
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = x @ x.transpose(-1, -2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.transpose(-1, -2)


class Muon(torch.optim.Optimizer):
    """Keller Jordan, 2024: a matrix's momentum is replaced by the nearest orthogonal matrix. Matrices of one shape go in one batched product."""

    def __init__(self, params: list[nn.Parameter], lr: float, weight_decay: float, momentum: float = 0.95) -> None:
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
                    # The scale makes an update as large as AdamW's, whatever the matrix's shape.
                    p.add_(update, alpha=-group["lr"] * 0.2 * max(p.shape) ** 0.5)
