"""Trains a causal language model of transformers on packed tokens; keeps checkpoints; goes on after a kill.

    python train.py settings.json
    python -m torch.distributed.run --standalone --nproc-per-node=4 train.py settings.json

Settings: src/train/settings.ts; data: packed.py; events on stdout: events.py. Writes out/iter_<step>/, out/train.jsonl and
out/resume.pt. Documented in docs/training.md.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoModelForCausalLM

from checkpoints import Log, load_resume, remove_partial, save_checkpoint, save_resume
from events import Refused, emit, run_program
from optimizers import make_optimizers
from packed import Course
from schedule import is_save_step, rate
from settings import read_settings

WORLD = int(os.environ.get("WORLD_SIZE", "1"))
RANK = int(os.environ.get("RANK", "0"))


# What the loss curve does not depend on: these settings may change between a kill and the resumption.
FREE = {"out", "save_every", "save_at", "save_dtype", "log_every", "threads", "tokenizer_files"}


def numbers_of(settings: SimpleNamespace) -> dict[str, object]:
    """What the loss curve depends on."""
    numbers = {name: value for name, value in vars(settings).items() if name not in FREE}
    phases = [vars(phase) for phase in settings.data]
    return {**numbers, "data": phases if len(phases) > 1 else settings.data[0].data}


def choose_device() -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    own, visible = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if own >= visible:
        raise Refused("bad-settings", f"processes is {WORLD}, and {visible} GPUs are visible: a process wants one of its own")
    device = torch.device("cuda", own)
    torch.cuda.set_device(device)
    return device


def memory_bytes(device: torch.device) -> int:
    """The most that was in use: of the accelerator where there is one, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def next_token_loss(model: nn.Module, ids: Tensor, weights: Tensor | None) -> Tensor:
    """Sum over all positions but the first, nats, each multiplied by its token's weight."""
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
    if weights is None:
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="sum")
    losses = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return (losses * weights[:, 1:].flatten()).sum()


class Training:
    def __init__(self, settings: SimpleNamespace) -> None:
        self.settings = settings
        self.out = Path(settings.out)
        self.device = choose_device()
        if settings.threads:
            torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed + RANK)
        self.stop_signal = 0
        source = Path(settings.model)
        if not (source / "config.json").is_file():
            raise Refused("bad-settings", f"{source}: no config.json is there")
        self.model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, attn_implementation=settings.attention).to(self.device)
        self.model.train()
        self.data = Course(settings.data, self.model.get_input_embeddings().num_embeddings, settings.seed)
        longest = getattr(self.model.config, "max_position_embeddings", None)
        if longest is not None and self.data.length > longest:
            raise Refused("bad-data", f"sequences of {self.data.length} tokens, the model has {longest} positions")
        self.optimizers = make_optimizers(self.model, settings)
        self.numbers = {**numbers_of(settings), "world": WORLD, "sequence_length": self.data.length, "sequences": self.data.sequences()}
        self.step = 0

    def resume(self) -> None:
        state = load_resume(self.out / "resume.pt", self.numbers)
        if state is None:
            return
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        # Dropout is the only thing that draws; each process has its own state.
        torch.set_rng_state(state["rng"][RANK])

    def save_state(self) -> None:
        states = [torch.get_rng_state()] * WORLD
        if WORLD > 1:
            dist.all_gather_object(states, torch.get_rng_state())
        if RANK:
            return
        save_resume(self.out / "resume.pt", {
            "step": self.step,
            "numbers": json.dumps(self.numbers),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": states,
        })

    def publish(self) -> None:
        """The checkpoint of this step. After the resume state: a kill between the two is mended on the next start."""
        folder = self.out / f"iter_{self.step:07}"
        if RANK or folder.exists():
            return
        save_checkpoint(self.model, self.settings, folder)
        emit("checkpoint", step=self.step, folder=str(folder))

    def total_weight(self, ids: Tensor, weights: Tensor | None) -> float:
        """Of all tokens that the step predicts, in all processes: so neither batches nor processes change what a token counts."""
        if weights is None:
            return float(ids[:, 1:].numel() * WORLD)
        total = weights[:, 1:].double().sum().to(self.device)
        if WORLD > 1:
            dist.all_reduce(total)
        return total.item()

    def update(self, forward: nn.Module) -> float:
        """One step; the weighted mean loss over all its tokens, before the update."""
        settings = self.settings
        per_process = settings.batch_size * settings.accumulation
        ids, weights = self.data.at(self.step, per_process * WORLD, RANK * per_process, per_process)
        whole = self.total_weight(ids, weights)
        ids = ids.to(self.device)
        weights = None if weights is None else weights.to(self.device)
        total = torch.zeros(2, dtype=torch.float64, device=self.device)
        for part, rows in enumerate(ids.split(settings.batch_size)):
            is_last = part == settings.accumulation - 1
            waits = forward.no_sync() if WORLD > 1 and not is_last else nullcontext()
            cast = torch.autocast(self.device.type, torch.bfloat16) if settings.precision == "bfloat16" else nullcontext()
            own = None if weights is None else weights[part * settings.batch_size :][: settings.batch_size]
            with waits:
                with cast:
                    loss = self.loss(forward, rows, own)
                # Gradients are averaged over the processes; the loss is a sum over them.
                (loss * (WORLD / whole)).backward()
            total[0] += loss.detach().double() / whole
        total[1] = self.stop_signal
        if WORLD > 1:
            dist.all_reduce(total)
        loss_value = total[0].item()
        # Processes get a signal at different steps; they must stop at the same one.
        self.should_stop = total[1].item() > 0
        if not math.isfinite(loss_value):
            raise Refused("nan-loss", f"step {self.step + 1}: the loss is {loss_value}; the last good state is of step {self.saved_step}")
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip_norm or math.inf)
        if not torch.isfinite(norm):
            raise Refused("nan-loss", f"step {self.step + 1}: the gradient's norm is {norm.item()}; the last good state is of step {self.saved_step}")
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate(settings, self.step + 1)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss_value

    def run(self) -> None:
        settings = self.settings
        self.saved_step, self.should_stop = self.step, False
        forward: nn.Module = self.model
        if WORLD > 1:
            forward = nn.parallel.DistributedDataParallel(forward, device_ids=[self.device.index] if self.device.type == "cuda" else None)
        # The loss with the model: one graph.
        self.loss = torch.compile(next_token_loss) if settings.compile else next_token_loss
        tokens_a_step = settings.batch_size * settings.accumulation * WORLD * self.data.length
        log = None
        if RANK == 0:
            emit("start", step=self.step, max_steps=settings.max_steps, device=str(self.device), processes=WORLD,
                 parameters=sum(p.numel() for p in self.model.parameters()), tokens_per_step=tokens_a_step, sequences=self.data.sequences())  # fmt: skip
            log = Log(self.out / "train.jsonl", self.step)
        if is_save_step(settings, self.step):
            self.publish()
        since, last = time.monotonic(), self.step
        while self.step < settings.max_steps and not self.should_stop:
            loss = self.update(forward)
            if log is not None and (self.step % settings.log_every == 0 or self.step == settings.max_steps):
                seconds = time.monotonic() - since
                fields = {"step": self.step, "loss": loss, "lr": rate(settings, self.step), "tokens": self.step * tokens_a_step,
                          "tokens_per_s": (self.step - last) * tokens_a_step / seconds, "memory_bytes": memory_bytes(self.device)}  # fmt: skip
                log.write(**fields)
                emit("step", **fields)
                since, last = time.monotonic(), self.step
            if is_save_step(settings, self.step) or self.should_stop:
                before = time.monotonic()
                self.save_state()
                self.saved_step = self.step
                if is_save_step(settings, self.step):
                    self.publish()
                since += time.monotonic() - before  # saving is not training
        if RANK == 0:
            emit("stopped" if self.step < settings.max_steps else "done", step=self.step)


def main(path: Path) -> None:
    settings = read_settings(path)
    out = Path(settings.out)
    out.mkdir(parents=True, exist_ok=True)
    if WORLD > 1:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    if RANK == 0:
        remove_partial(out)
    training = Training(settings)

    def stop(number: int, _: object) -> None:
        training.stop_signal = number

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    training.resume()
    training.run()
    if WORLD > 1:
        dist.destroy_process_group()
    if training.step < settings.max_steps:
        sys.exit(128 + (training.stop_signal or signal.SIGTERM))


if __name__ == "__main__":
    run_program(main)
