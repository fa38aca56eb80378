"""CLIP's byte-pair algorithm on our own vocabulary. src/Inference/Text/ClipTokenizer.cs reads the same two files and must agree with this one."""
import json
import re
from pathlib import Path

LENGTH = 32  # tokens in a prompt, with start and end
VOCABULARY = 16384
START, END = VOCABULARY - 2, VOCABULARY - 1
PIECES = re.compile(r"'s|[a-z]+|[0-9]|[^\sa-z0-9]+")


class Tokenizer:
    def __init__(self, folder):
        folder = Path(folder)
        self.ids = json.loads((folder / "vocab.json").read_text())
        merges = (folder / "merges.txt").read_text().split("\n")[1:]
        self.rank = {tuple(line.split(" ")): i for i, line in enumerate(merges) if line}
        self.known = {}

    def __call__(self, text):
        """Token ids of a prompt: start, the pieces, and end tokens up to LENGTH. Pieces outside ASCII have no tokens."""
        tokens = [START]
        for piece in PIECES.findall(text.lower()):
            if piece.isascii():
                tokens += self._piece(piece)
        return (tokens[: LENGTH - 1] + [END] * LENGTH)[:LENGTH]

    def _piece(self, piece):
        if piece not in self.known:
            units = list(piece)
            units[-1] += "</w>"
            while len(units) > 1:
                best = min(zip(units, units[1:]), key=lambda pair: self.rank.get(pair, len(self.rank)))
                if best not in self.rank:
                    break
                units = _merge(units, best)
            self.known[piece] = [self.ids[unit] for unit in units if unit in self.ids]
        return self.known[piece]


def _merge(units, pair):
    merged, i = [], 0
    while i < len(units):
        if tuple(units[i : i + 2]) == pair:
            merged.append(units[i] + units[i + 1])
            i += 2
        else:
            merged.append(units[i])
            i += 1
    return merged
