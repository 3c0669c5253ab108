"""Two models' divergence over one text, by torch: float32 forward passes, the rest in float64. Prints JSON.

    python divergence_judge.py <dense folder> <pruned folder> <corpus.jsonl> <column> <seqlen>

The text is the rows joined by blank lines; windows of seqlen tokens, the tail dropped; a window's every position but
the last predicts the next token.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

dense_folder, pruned_folder, corpus, column, seqlen = sys.argv[1:6]
length = int(seqlen)
rows = [json.loads(line)[column] for line in open(corpus, encoding="utf-8")]
tokens = AutoTokenizer.from_pretrained(dense_folder)("\n\n".join(rows))["input_ids"]
windows = torch.tensor(tokens[: len(tokens) // length * length]).view(-1, length)


@torch.no_grad()
def log_probs(folder):
    """Shape [windows * (length - 1), vocabulary], float64."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    rows = [model(window[None]).logits[0, :-1].double().log_softmax(-1) for window in windows]
    return torch.cat(rows)


p, q = log_probs(dense_folder), log_probs(pruned_folder)
targets = windows[:, 1:].reshape(-1, 1)
kl = (p.exp() * (p - q)).sum(-1)
nll_p, nll_q = -p.gather(1, targets)[:, 0], -q.gather(1, targets)[:, 0]
delta = (-nll_q).exp() - (-nll_p).exp()
quantiles = torch.quantile(kl, torch.tensor([0.5, 0.9, 0.95, 0.99, 0.999], dtype=torch.float64)).tolist()
print(json.dumps({
    "positions": len(kl),
    "klNats": [kl.mean().item(), *quantiles, kl.max().item()],
    "sameTop": (p.argmax(-1) == q.argmax(-1)).double().mean().item(),
    "rmsDeltaP": delta.square().mean().sqrt().item(),
    "meanDeltaP": delta.mean().item(),
    "perplexityRatio": (nll_q - nll_p).mean().exp().item(),
}))
