"""Scenes: what is on a picture, its caption, its pixels, and whether training may see it."""
import hashlib
from collections import namedtuple

import numpy as np
from PIL import Image

from .sprites import BACKGROUNDS, COLOURS, SIZE, STYLES

PHRASES = {
    "3d": ["3d style", "3d render", "3d icon", "3d"],
    "flat": ["flat style", "flat design", "flat"],
    "cartoon": ["cartoon style", "cartoon"],
    "sticker": ["sticker style", "sticker", "sticker with a white outline"],
    "pixel art": ["pixel art", "pixel art style"],
}
COUNTS = {1: "", 2: "two", 3: "three"}

# nouns: indices into the vocabulary, one for each kind of thing (count > 1 repeats a single noun); placement: "", "beside" or "above".
Scene = namedtuple("Scene", "nouns style colour background count placement")

HELD_OUT_OF_256 = 26  # about a tenth of all compositions


def is_held_out(scene):
    """
    Whether this composition belongs to the evaluation. The answer depends on nothing but what is on the picture, so no training picture can ever
    show a held-out composition, however often the sampler draws: (objects, style, background, colour, count) are hashed.
    """
    nouns = "+".join(str(noun) for noun in sorted(scene.nouns))
    text = f"{nouns}|{scene.style}|{scene.background}|{scene.colour}|{scene.count}"
    return hashlib.sha256(text.encode()).digest()[0] < HELD_OUT_OF_256


PAIRS = 0.16  # the share of scenes with two different things that the judge learns from and the evaluation asks for


class SceneSampler:
    """Draws scenes. The caller owns the generator, so a seed names a data set; `pairs` is the share of scenes that show two different things."""

    def __init__(self, vocabulary, rng, pairs=PAIRS):
        self.vocabulary, self.rng, self.pairs = vocabulary, rng, pairs

    def draw(self, held_out=False):
        while True:
            scene = self._any()
            if is_held_out(scene) == held_out:
                return scene

    def _any(self):
        rng, nouns = self.rng, len(self.vocabulary)
        kind = rng.random()
        first = int(rng.integers(nouns))
        style = STYLES[rng.integers(len(STYLES))]
        background = "white" if rng.random() < 0.4 else list(BACKGROUNDS)[rng.integers(len(BACKGROUNDS))]
        colour = list(COLOURS)[rng.integers(len(COLOURS))] if rng.random() < 0.3 else None
        if colour == background:
            colour = None
        if kind < self.pairs:
            second = int((first + 1 + rng.integers(nouns - 1)) % nouns)
            return Scene((first, second), style, None, background, 1, "beside" if rng.random() < 0.65 else "above")
        count = 2 if kind < self.pairs + 0.08 else 3 if kind < self.pairs + 0.14 else 1
        return Scene((first,), style, colour, background, count, "")

    def caption(self, scene, say_style=None):
        """One of many ways to say the scene. A white background may go unsaid, and so may the style unless the caller insists."""
        rng = self.rng
        if len(scene.nouns) == 2:
            first, second = (_with_article(self._word(noun)) for noun in scene.nouns)
            if scene.placement == "above":
                thing = [f"{first} above {second}", f"{second} below {first}"][rng.integers(2)]
            else:
                thing = [f"{first} and {second}", f"{first} next to {second}", f"{first} on the left and {second} on the right"][rng.integers(3)]
        else:
            word = self._word(scene.nouns[0])
            if scene.count > 1:
                word = plural(word)
            if scene.colour:
                word = f"{scene.colour} {word}"
            bare = rng.random() < 0.3
            thing = f"{COUNTS[scene.count]} {word}" if scene.count > 1 else word if bare else _with_article(word)
        ground = ""
        if scene.background != "white" or rng.random() < 0.25:
            ground = f" on {_with_article(scene.background)} background"
        if say_style is None:
            say_style = rng.random() < 0.88
        if not say_style:
            return thing + ground
        phrases = PHRASES[scene.style]
        phrase = phrases[rng.integers(len(phrases))]
        form = rng.random()
        if form < 0.65:
            return f"{thing}{ground}, {phrase}"
        if form < 0.85:
            return f"{thing}, {phrase}{',' if ground else ''}{ground}"
        return f"{phrase} of {thing}{ground}" if phrase not in ("3d", "flat") else f"{phrase} {thing}{ground}"

    def _word(self, noun):
        words = self.vocabulary[noun][1]
        return words[0] if len(words) == 1 or self.rng.random() < 0.7 else words[1 + self.rng.integers(len(words) - 1)]


def render(scene, looks, rng):
    """RGB pixels of a scene, 128 x 128 x 3. Size and place vary a little from picture to picture."""
    canvas = Image.new("RGB", (SIZE, SIZE), BACKGROUNDS[scene.background])
    if len(scene.nouns) == 2:
        spots = [(-0.25, 0), (0.25, 0)] if scene.placement == "beside" else [(0, -0.25), (0, 0.25)]
        scale = rng.uniform(0.46, 0.5)
    elif scene.count == 2:
        spots, scale = [(-0.25, 0), (0.25, 0)], rng.uniform(0.46, 0.5)
    elif scene.count == 3:
        spots, scale = [(0, -0.24), (-0.25, 0.24), (0.25, 0.24)], rng.uniform(0.44, 0.48)
    else:
        spots, scale = [(0, 0)], rng.uniform(0.87, 0.97)
    pixels = round(scale * SIZE)
    resample = Image.LANCZOS
    if scene.style == "pixel art":  # whole cells only
        pixels, resample = max(16, round(pixels / 16) * 16), Image.NEAREST
    slack = max(0, (SIZE if len(spots) == 1 else SIZE // 2) - pixels) / 2
    for i, (x, y) in enumerate(spots):
        sprite = looks(scene.nouns[min(i, len(scene.nouns) - 1)], scene.style, scene.colour).resize((pixels, pixels), resample)
        left = round((0.5 + x) * SIZE - pixels / 2 + rng.uniform(-0.5, 0.5) * slack)
        top = round((0.5 + y) * SIZE - pixels / 2 + rng.uniform(-0.5, 0.5) * slack)
        canvas.paste(sprite, (left, top), sprite)
    return np.asarray(canvas)


def plural(word):
    head, _, last = word.rpartition(" ")
    irregular = {"mouse": "mice", "fish": "fish", "dice": "dice", "wolf": "wolves", "scissors": "scissors", "house": "houses"}
    if " of " in word:
        first, rest = word.split(" of ", 1)
        return f"{plural(first)} of {rest}"
    if last in irregular:
        last = irregular[last]
    elif last.endswith(("s", "sh", "ch", "x")):
        last = last if last in ("grapes", "cherries", "fries", "pancakes", "sunglasses", "headphones") else last + "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    elif last.endswith(("tomato", "potato", "mango")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".strip()


def _with_article(words):
    if words.split()[-1] in ("grapes", "cherries", "fries", "pancakes", "sunglasses", "headphones", "scissors", "dice", "popcorn", "broccoli"):
        return words
    return f"an {words}" if words[0] in "aeio" or words.startswith("umbrella") else f"a {words}"
