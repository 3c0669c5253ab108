"""A random Llama of about 20 million parameters in two shards, unlike the demo's in every shape: run with transformers.

    python make_random_model.py <folder with tokenizer.json and tokenizer_config.json> <folder to write>

Weights are seeded and larger than usual: a trained model's answers differ more than those of a fresh one, and a near
tie between two tokens would say nothing about the engine.
"""

import sys
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

source, target = Path(sys.argv[1]), Path(sys.argv[2])
torch.manual_seed(20)
config = LlamaConfig(
    vocab_size=1024,
    hidden_size=448,
    intermediate_size=1216,
    num_hidden_layers=9,
    num_attention_heads=14,
    num_key_value_heads=2,
    head_dim=32,
    max_position_embeddings=2048,
    rope_theta=500000.0,
    rms_norm_eps=1e-6,
    tie_word_embeddings=False,
    initializer_range=0.05,
    bos_token_id=0,
    eos_token_id=1,
)
model = LlamaForCausalLM(config)
model.save_pretrained(target, max_shard_size="45MB")
for name in ("tokenizer.json", "tokenizer_config.json"):
    text = (source / name).read_text("utf-8")
    (target / name).write_text(text.replace('"model_max_length": 1024', '"model_max_length": 2048'), "utf-8")
shards = sorted(path.name for path in target.glob("*.safetensors"))
print(sum(weight.numel() for weight in model.parameters()), *shards)
