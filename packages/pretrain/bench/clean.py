"""The steps of clean.ts by `datasets`, in plain Python and numpy: python clean.py <file.jsonl> <processes>.

Language is left out where no detector is installed. Prints CPU seconds and MB/s of input for each step.
"""
import hashlib
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter

import numpy as np
from datasets import load_dataset

path, processes = sys.argv[1], int(sys.argv[2])
megabytes = os.path.getsize(path) / 1e6
LIMITS = {2: 0.2, 3: 0.18, 4: 0.16, 5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1}
STOP = {"the", "be", "to", "of", "and", "that", "have", "with"}
generator = np.random.default_rng(1)
PRIME = np.uint64((1 << 61) - 1)
A = generator.integers(1, 1 << 31, 112, dtype=np.uint64)
B = generator.integers(0, 1 << 31, 112, dtype=np.uint64)


def fresh(parts):
    seen, count, characters = set(), 0, 0
    for part in parts:
        if part in seen:
            count += 1
            characters += len(part)
        seen.add(part)
    return count / len(parts), characters


def unrepeated(text):
    share, characters = fresh(re.split(r"\n+", text.strip()))
    if share > 0.3 or characters / len(text) > 0.2:
        return False
    share, characters = fresh(re.split(r"\n{2,}", text.strip()))
    if share > 0.3 or characters / len(text) > 0.2:
        return False
    words = text.split()
    for n, limit in LIMITS.items():
        grams = [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
        if not grams:
            break
        if n < 5:
            gram, count = Counter(grams).most_common(1)[0]
            characters = len(gram) * count if count > 1 else 0
        else:
            seen, characters, at = set(), 0, 0
            while at < len(grams):
                if grams[at] in seen:
                    characters += len(grams[at])
                    at += n
                else:
                    seen.add(grams[at])
                    at += 1
        if characters / len(text) > limit:
            return False
    return True


def good(text):
    words = text.split()
    if not 50 <= len(words) <= 100_000 or not 3 <= sum(map(len, words)) / len(words) <= 10:
        return False
    if text.count("#") / len(words) > 0.1 or (text.count("...") + text.count("…")) / len(words) > 0.1:
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    if sum(line.lstrip().startswith(("•", "-", "*", "‣")) for line in lines) / len(lines) > 0.9:
        return False
    if sum(line.rstrip().endswith(("...", "…")) for line in lines) / len(lines) > 0.3:
        return False
    return sum(any(c.isalpha() for c in word) for word in words) / len(words) >= 0.8 and len(STOP & set(words)) >= 2


def signature(row):
    words = re.findall(r"\w+", row["text"].lower())
    shingles = {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}
    hashes = np.fromiter((int.from_bytes(hashlib.sha1(s.encode()).digest()[:4], "little") for s in shingles), np.uint64)
    minima = ((hashes[:, None] * A + B) % PRIME).min(axis=0).astype(np.uint32)
    return {"bands": [minima[at : at + 8].tobytes().hex() for at in range(0, 112, 8)]}


def cpu():
    return sum(getattr(resource.getrusage(who), "ru_utime") + resource.getrusage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def timed(name, work):
    before, wall = cpu(), time.perf_counter()
    result = work()
    used = cpu() - before
    print(f"{name:40} {megabytes / used:7.1f} MB/s of CPU, {used:.1f} s CPU, {time.perf_counter() - wall:.1f} s; {len(result)} documents", flush=True)
    return result


def first_of(data, keys):
    seen, keep = set(), []
    for at, row in enumerate(data.select_columns([keys])):
        values = row[keys] if isinstance(row[keys], list) else [row[keys]]
        marks = [(no, value) for no, value in enumerate(values)]
        if not any(mark in seen for mark in marks):
            keep.append(at)
        seen.update(marks)
    return data.select(keep)


with tempfile.TemporaryDirectory() as cache:
    options = {"num_proc": processes}
    data = timed("read", lambda: load_dataset("json", data_files=path, split="train", cache_dir=cache))
    data = timed("length", lambda: data.filter(lambda row: len(row["text"].split()) >= 20, **options))
    data = timed("repetition", lambda: data.filter(lambda row: unrepeated(row["text"]), **options))
    data = timed("quality", lambda: data.filter(lambda row: good(row["text"]), **options))
    data = timed("exact-duplicates", lambda: first_of(data.map(lambda row: {"sha": hashlib.sha256(row["text"].encode()).hexdigest()}, **options), "sha"))
    data = timed("near-duplicates", lambda: first_of(data.map(signature, **options), "bands"))
    timed("write", lambda: (data.select_columns(["text"]).to_parquet(os.path.join(cache, "out.parquet")), data)[1])
print(f"peak memory of one process: {max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024:.0f} MiB")
