"""The packed pictures, and the five styles in which the model draws every noun of the vocabulary."""
import gzip
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter

SIZE = 128
SETS = {"3d": "fluent-3d", "flat": "fluent-emoji-flat", "cartoon": "noto", "sticker": "fluent-emoji-flat", "pixel art": "fluent-emoji-flat"}
STYLES = list(SETS)
# Of the sets that no style is drawn from the judge learns nouns from the first three; the last is kept from it, as a test. (The autoencoder saw all sets.)
JUDGE_SETS, UNSEEN_SET = ["fluent-emoji", "noto-v1", "twemoji"], "emojione"

COLOURS = {
    "red": (220, 40, 40), "orange": (245, 140, 35), "yellow": (250, 210, 50), "green": (60, 165, 75),
    "blue": (55, 110, 225), "purple": (140, 75, 200), "pink": (245, 135, 180),
}
BACKGROUNDS = {
    "white": (255, 255, 255), "black": (22, 22, 24), "gray": (145, 145, 148), "red": (225, 45, 45), "orange": (245, 140, 40),
    "yellow": (252, 215, 60), "green": (70, 170, 80), "blue": (60, 120, 225), "purple": (140, 80, 200), "pink": (245, 140, 185),
    "light blue": (170, 215, 245), "cream": (250, 235, 200),
}


class Pack:
    """The packed sprites: a list of facts, and pictures that are decoded when asked for."""

    def __init__(self, folder):
        folder = Path(folder)
        with gzip.open(folder / "captions.json.gz", "rt") as file:
            packed = json.load(file)
        self.items = [dict(zip(packed["fields"], row)) for row in packed["items"]]
        self.shards = [(folder / f"img{i}.bin").read_bytes() for i in range(1 + max(item["shard"] for item in self.items))]
        self.by_name = {}
        for i, item in enumerate(self.items):
            self.by_name.setdefault((item["set"], item["label"]), i)

    def picture(self, i):
        """RGBA, 128 x 128."""
        item = self.items[i]
        blob = self.shards[item["shard"]][item["offset"] : item["offset"] + item["length"]]
        return Image.open(io.BytesIO(blob)).convert("RGBA")

    def find(self, set_name, label):
        i = self.by_name.get((set_name, label))
        return None if i is None else self.picture(i)


def read_vocabulary(path=Path(__file__).parent.parent / "vocabulary.tsv"):
    """Pairs of the emoji's label and the words that people use for it, the commonest first."""
    lines = [line.rstrip("\n").split("\t") for line in open(path) if not line.startswith("#")]
    return [(label, words.split(",")) for label, words in lines]


class Looks:
    """Every noun in every style and colour, as RGBA of 128 x 128, made on demand and kept."""

    def __init__(self, pack, vocabulary):
        self.pack, self.vocabulary, self.made = pack, vocabulary, {}

    def __call__(self, noun, style, colour=None):
        key = (noun, style, colour)
        if key not in self.made:
            sprite = self.pack.find(SETS[style], self.vocabulary[noun][0])
            if colour:
                sprite = tinted(sprite, COLOURS[colour])
            if style == "sticker":
                sprite = as_sticker(sprite)
            elif style == "pixel art":
                sprite = as_pixels(sprite)
            self.made[key] = sprite
        return self.made[key]


def tinted(sprite, colour):
    """The sprite in one hue: its own light and dark, with the mean lightness of the colour."""
    rgba = np.asarray(sprite).astype(np.float32) / 255
    alpha = rgba[..., 3]
    luma = rgba[..., :3] @ np.float32([0.299, 0.587, 0.114])
    colour = np.float32(colour) / 255
    target = float(colour @ np.float32([0.299, 0.587, 0.114]))
    mean = float((luma * alpha).sum() / max(alpha.sum(), 1))
    exponent = np.clip(np.log(target) / np.log(np.clip(mean, 0.05, 0.95)), 0.4, 2.5)
    luma = np.clip(luma, 0, 1)[..., None] ** exponent
    dark = colour * luma / target
    light = colour + (1 - colour) * (luma - target) / (1 - target)
    rgba[..., :3] = np.where(luma < target, dark, light)
    return Image.fromarray((rgba.clip(0, 1) * 255).round().astype(np.uint8), "RGBA")


def as_sticker(sprite):
    """A white border of five pixels around the shape, and a soft grey shadow so that it shows on white."""
    inner, margin = SIZE - 20, 10
    small = Image.new("RGBA", (SIZE, SIZE), (255, 255, 255, 0))
    small.paste(sprite.resize((inner, inner), Image.LANCZOS), (margin, margin))
    border = small.getchannel("A").filter(ImageFilter.MaxFilter(11)).filter(ImageFilter.GaussianBlur(1))
    shadow = ImageChops.offset(border, 1, 2).filter(ImageFilter.GaussianBlur(1.5))
    sticker = Image.new("RGBA", (SIZE, SIZE), (110, 110, 120, 0))
    sticker.putalpha(shadow.point(lambda a: int(a * 0.6)))
    white = Image.new("RGBA", (SIZE, SIZE), (255, 255, 255, 255))
    white.putalpha(border)
    return Image.alpha_composite(Image.alpha_composite(sticker, white), small)


def as_pixels(sprite, cells=16):
    """Sixteen by sixteen cells of one colour each, with no half-covered ones."""
    small = np.asarray(sprite.resize((cells, cells), Image.BOX)).copy()
    small[..., :3] = (small[..., :3] // 32) * 32 + 16
    small[..., 3] = np.where(small[..., 3] > 110, 255, 0)
    return Image.fromarray(small, "RGBA").resize((SIZE, SIZE), Image.NEAREST)
