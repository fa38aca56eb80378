"""
Packs rendered sets: img*.bin (webp, at most 15 MiB each), captions.json.gz, and a tokenizer in CLIP's format whose tokens carry GloVe vectors
(vocab.json, merges.txt, emb.npz).        python3 pack.py RENDERED OUT
RENDERED holds what render.mjs and word_vectors.mjs wrote.
"""
import collections
import gzip
import heapq
import json
import re
import sys
from pathlib import Path

import numpy as np

SHARD = 15 * 2**20
VOCABULARY = 16384
SETS = ("fluent-3d fluent-emoji fluent-emoji-flat noto noto-v1 fxemoji twemoji emojione streamline-emojis flat-color-icons meteocons fluent-color "
        "glyphs-poly streamline-freehand-color streamline-ultimate-color streamline-kameleon-color openclipart").split()
STYLES = {
    "3d": ["3d style", "3d render", "glossy 3d emoji", "3d icon"], "gradient": ["soft gradient style", "gradient illustration", "fluent style"],
    "flat": ["flat style", "flat design", "flat vector illustration"], "noto": ["cartoon style", "cartoon emoji"],
    "blob": ["blob style", "old android emoji style"], "cartoon": ["simple cartoon", "firefox emoji style"],
    "twemoji": ["minimal emoji style", "simple flat emoji"], "emojione": ["bright emoji style", "colorful emoji"],
    "outline-cartoon": ["outlined cartoon", "cartoon with thick outline"], "icon": ["flat icon"], "weather": ["weather icon"],
    "gradient-icon": ["app icon", "gradient icon"], "poly-icon": ["geometric icon"], "sketch": ["hand drawn sketch", "doodle style"],
    "line-color": ["line icon", "thin line illustration"], "badge": ["badge icon"], "clipart": ["clipart", "clip art style", "vector clip art"]}
WEIGHTS = {"fluent-3d": 3, "fluent-emoji": 1.5, "fluent-emoji-flat": 1.5, "noto": 1.5, "twemoji": 1.2, "openclipart": 1, "fxemoji": 1, "emojione": 1,
           "noto-v1": 0.8, "streamline-emojis": 1}
NOT_A_SUBJECT = {"unsorted", "recreation", "clip", "art", "clipart", "image", "media", "public", "domain", "remix", "icon"}
FIELDS = "shard offset length set style label tags colors cover weight group subgroup".split()


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    words = json.loads((source / "words.json").read_text())
    vectors = np.fromfile(source / "words.f32", np.float32).reshape(-1, 100)
    rank = {word: i for i, word in enumerate(words[:40000]) if re.fullmatch("[a-z]+", word)}
    rows = pack_pictures(source, out, rank)
    with gzip.open(out / "captions.json.gz", "wt") as file:
        json.dump({"fields": FIELDS, "styles": STYLES, "items": rows}, file, separators=(",", ":"))
    train_tokenizer(rows, words, vectors, out)


def pack_pictures(source, out, rank):
    rows, shard, size, number = [], [], 0, 0

    def flush():
        nonlocal shard, size, number
        (out / f"img{number}.bin").write_bytes(b"".join(shard))
        shard, size, number = [], 0, number + 1

    for name in SETS:
        if not (source / f"{name}.jsonl").exists():
            continue
        pictures = (source / f"{name}.bin").read_bytes()
        for line in open(source / f"{name}.jsonl"):
            facts = json.loads(line)
            label, tags = describe(facts, rank)
            if not label or (name == "twemoji" and is_flag(facts, label)):
                continue
            blob = pictures[facts["offset"] : facts["offset"] + facts["length"]]
            if size + len(blob) > SHARD:
                flush()
            rows.append([number, size, len(blob), name, facts["style"], label, tags[:10], facts["colors"], facts["cover"], weight(facts, label), facts["group"], facts["subgroup"]])
            shard.append(blob)
            size += len(blob)
    flush()
    print(f"{len(rows)} pictures in {number} shards:", dict(collections.Counter(row[3] for row in rows)))
    return rows


def describe(facts, rank):
    """Label and tags. Titles of clip art carry their authors' names, so only known words are kept; names of fxemoji are glued and cut greedily."""
    if facts["set"] == "openclipart":
        tags = [tag for tag in facts["tags"] if tag in rank and tag not in NOT_A_SUBJECT]
        known = [word for word in re.findall("[a-z]+", facts["label"].lower()) if len(word) > 2 and word in rank][:6]
        kept = list(dict.fromkeys(word for word in known if word not in NOT_A_SUBJECT)) or known
        return " ".join(kept) or " ".join(tags[:2]), tags
    tags = [tag for tag in facts["tags"] if re.fullmatch("[a-z ]+", tag)]
    if facts["set"] == "fxemoji" and not facts["known"]:
        return " ".join(unglued(facts["name"], rank)), tags
    return re.sub(r"\s+", " ", re.sub("[^a-z0-9' ]+", " ", facts["label"].lower())).strip(), tags


def unglued(name, rank):
    words = []
    while name:
        for length in range(len(name), 1, -1):
            if rank.get(name[:length], 25000) < 25000:
                words.append(name[:length])
                name = name[length:]
                break
        else:
            name = name[1:]
    return words


def is_flag(facts, label):
    return facts["group"] == "flags" or label.startswith("flag")


def weight(facts, label):
    """How often training on the whole pack draws the picture; the vocabulary of the shipped model does not use it."""
    value = WEIGHTS.get(facts["set"], 0.6)
    value *= 0.35 if "skin tone" in label else 1
    value *= 0.2 if is_flag(facts, label) else 1
    value *= 0.5 if facts["group"] == "symbols" else 1
    return round(value, 3)


def train_tokenizer(rows, words, vectors, out):
    counts = collections.Counter()
    for row in rows:
        for word in row[5].split() * 3 + [w for tag in row[6] for w in tag.split()] + [w for phrase in STYLES[row[4]] for w in phrase.split()]:
            counts[word] += 1
    for i, word in enumerate(words[:40000]):
        if re.fullmatch("[a-z']+", word):
            counts[word] += max(1, int(30000 / (i + 10)))
    pieces, merges, vocabulary = byte_pairs(counts)
    ids = {token: i for i, token in enumerate(vocabulary)}
    (out / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "\n".join(f"{a} {b}" for a, b in merges) + "\n")

    # A token that is a whole word has that word's vector; a part of words the mean of theirs, by frequency.
    place = {word: i for i, word in enumerate(words)}
    sums, weights = np.zeros((len(vocabulary), 100)), np.zeros(len(vocabulary))
    for word, tokens in pieces.items():
        if word not in place:
            continue
        share = 1e9 if len(tokens) == 1 else counts[word]
        for token in tokens:
            sums[ids[token]] += share * vectors[place[word]]
            weights[ids[token]] += share
    table = (sums / np.maximum(weights, 1)[:, None]).astype(np.float32)
    scale = np.abs(table).max(1) / 127 + 1e-8
    np.savez_compressed(out / "emb.npz", q=np.round(table / scale[:, None]).astype(np.int8), scale=scale.astype(np.float32))
    print(f"{len(vocabulary)} tokens, {len(merges)} merges")


def byte_pairs(counts):
    """CLIP's byte-pair training: the most frequent pair of neighbours becomes a token until the vocabulary is full."""
    symbols = byte_symbols()
    pieces = {}
    for word in counts:
        pieces[word] = [symbols[b] for b in word.encode()]
        pieces[word][-1] += "</w>"
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for word, tokens in pieces.items():
        for pair in zip(tokens, tokens[1:]):
            pairs[pair] += counts[word]
            where[pair].add(word)
    base = sorted(symbols.values())
    vocabulary = base + [symbol + "</w>" for symbol in base]
    known, merges = set(vocabulary), []
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    while len(vocabulary) < VOCABULARY - 2 and heap:
        count, pair = heapq.heappop(heap)
        if pairs.get(pair, 0) != -count:  # an old entry: put it back where it belongs now
            if 0 < pairs.get(pair, 0) < -count:
                heapq.heappush(heap, (-pairs[pair], pair))
            continue
        if count == 0:
            continue
        merges.append(pair)
        merged = "".join(pair)
        if merged not in known:
            known.add(merged)
            vocabulary.append(merged)
        touched = set()
        for word in list(where.pop(pair)):
            old = pieces[word]
            for other in zip(old, old[1:]):
                pairs[other] -= counts[word]
                touched.add(other)
                if other != pair:
                    where[other].discard(word)
            new, i = [], 0
            while i < len(old):
                together = tuple(old[i : i + 2]) == pair
                new.append(merged if together else old[i])
                i += 2 if together else 1
            pieces[word] = new
            for other in zip(new, new[1:]):
                pairs[other] += counts[word]
                where[other].add(word)
                touched.add(other)
        pairs.pop(pair, None)
        for other in touched:
            if other != pair and pairs.get(other, 0) > 0:
                heapq.heappush(heap, (-pairs[other], other))
    return pieces, merges, vocabulary + ["<|startoftext|>", "<|endoftext|>"]


def byte_symbols():
    """A printable character for every byte, as in CLIP and GPT-2."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return {byte: chr(byte if byte in printable else next(spare)) for byte in range(256)}


if __name__ == "__main__":
    main()
