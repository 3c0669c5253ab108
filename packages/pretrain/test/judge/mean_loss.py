"""The mean loss of a model over all sequences of a packed folder, by its tokens' weights, in float64: one JSON number.

    python mean_loss.py model data

Reads the files by itself: what the training reads with is not used.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM

model_folder, data_folder = (Path(argument) for argument in sys.argv[1:])
index = json.loads((data_folder / "index.json").read_text())
length = index["sequenceLength"]
listed = index.get("lossWeights")
model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float64)
total, whole = 0.0, 0.0
for shard in index["shards"]:
    rows = np.fromfile(data_folder / shard["file"], dtype="<u2").astype(np.int64).reshape(-1, length)
    weights = np.ones(rows.shape)
    if listed is not None:
        weights = np.array(listed)[np.fromfile(data_folder / shard["weights"]["file"], dtype="u1")].reshape(rows.shape)
    with torch.no_grad():
        logits = model(torch.from_numpy(rows)).logits.log_softmax(-1).numpy()
    for row in range(len(rows)):
        for at in range(1, length):
            total -= weights[row, at] * logits[row, at - 1, rows[row, at]]
            whole += weights[row, at]
print(json.dumps(total / whole))
