"""
A classifier that says what is on a picture: object, style, colour, background, count. It is trained on real pictures only (scenes of the sprites, and
sprites of three sets that the model is not trained on), never on generated ones, and its features serve the Frechet distance.
"""
import argparse
import math
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

from . import machine
from .scenes import Scene, SceneSampler, render
from .sprites import BACKGROUNDS, COLOURS, JUDGE_SETS, SIZE, STYLES, Looks, Pack, read_vocabulary

SHRINK = 2  # the judge works at half the resolution; the four pixels under each of its own are channels, so that cells and outlines are not averaged away
FEATURES = 128
UNKNOWN = -100  # a fact that a picture does not teach
HEADS = {"style": len(STYLES), "colour": 1 + len(COLOURS), "background": len(BACKGROUNDS), "count": 3}


class Residual(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.short = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)) if stride > 1 or before != width else nn.Identity()

    def forward(self, x):
        return F.relu(self.path(x) + self.short(x))


class Judge(nn.Module):
    def __init__(self, nouns):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3 * SHRINK**2, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            Residual(32, 32, 1), Residual(32, 64, 2), Residual(64, 128, 2), Residual(128, 256, 2), Residual(256, 256, 1))
        self.features = nn.Linear(256, FEATURES)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, size) for name, size in dict(object=nouns, **HEADS).items()})

    def forward(self, pixels):
        """[B,3,128,128] in -1..1 to features [B,128] and the scores of every head."""
        features = F.relu(self.features(self.body(F.pixel_unshuffle(pixels, SHRINK)).mean((2, 3))))
        return features, {name: head(features) for name, head in self.heads.items()}


def facts(scene):
    """What the judge should say of a scene; a picture of two things has no single object."""
    return dict(
        object=scene.nouns[0] if len(scene.nouns) == 1 else UNKNOWN,
        style=STYLES.index(scene.style),
        colour=1 + list(COLOURS).index(scene.colour) if scene.colour else 0,
        background=list(BACKGROUNDS).index(scene.background),
        count=len(scene.nouns) * scene.count - 1)


def halves(scene, pixels):
    """The two squares in which the things of a two-object scene lie, enlarged to a whole picture. pixels is uint8 [128,128,3]."""
    half, quarter = SIZE // 2, SIZE // 4
    boxes = [(0, quarter), (half, quarter)] if scene.placement == "beside" else [(quarter, 0), (quarter, half)]
    whole = Image.fromarray(pixels)
    return [np.asarray(whole.crop((x, y, x + half, y + half)).resize((SIZE, SIZE), Image.BICUBIC)) for x, y in boxes]


def sprite_scene(pack, vocabulary, rng, sets):
    """A sprite of another set on a plain background: teaches its noun and the background, no style."""
    while True:
        noun = int(rng.integers(len(vocabulary)))
        sprite = pack.find(sets[rng.integers(len(sets))], vocabulary[noun][0])
        if sprite is not None:
            break
    background = list(BACKGROUNDS)[rng.integers(len(BACKGROUNDS))]
    canvas = Image.new("RGB", (SIZE, SIZE), BACKGROUNDS[background])
    side = int(SIZE * rng.uniform(0.82, 0.98))
    sprite = sprite.resize((side, side), Image.LANCZOS)
    canvas.paste(sprite, ((SIZE - side) // 2, (SIZE - side) // 2), sprite)
    known = facts(Scene((noun,), STYLES[0], None, background, 1, ""))
    return np.asarray(canvas), dict(known, style=UNKNOWN)


def lesson(count, pack, vocabulary, looks, sampler, rng):
    pictures, known = [], []
    while len(pictures) < count:
        if rng.random() < 0.2:
            pixels, fact = sprite_scene(pack, vocabulary, rng, JUDGE_SETS)
            pictures.append(pixels)
            known.append(fact)
            continue
        scene = sampler.draw()
        pixels = render(scene, looks, rng)
        pictures.append(pixels)
        known.append(facts(scene))
        if len(scene.nouns) == 2:
            for noun, half in zip(scene.nouns, halves(scene, pixels)):
                pictures.append(half)
                known.append(dict(facts(scene), object=noun, count=0))
    return np.stack(pictures[:count]), {name: torch.tensor([fact[name] for fact in known[:count]]) for name in known[0]}


def roughened(pixels):
    """Blurred, noisy and shifted a little, so that the judge reads shapes and not single pixels."""
    if torch.rand(()) < 0.35:
        k = int(torch.randint(2, 4, ()))
        pixels = F.interpolate(F.avg_pool2d(pixels, k), size=pixels.shape[-2:], mode="bilinear", align_corners=False)
    pixels = torch.roll(pixels, (int(torch.randint(-4, 5, ())), int(torch.randint(-4, 5, ()))), (2, 3))
    return (pixels + 0.1 * torch.rand(()) * torch.randn_like(pixels)).clamp(-1, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--steps", type=int, default=1600)
    args = parser.parse_args()
    torch.manual_seed(6)
    rng = np.random.default_rng(6)
    pack, vocabulary = Pack(args.pack), read_vocabulary()
    looks, sampler = Looks(pack, vocabulary), SceneSampler(vocabulary, rng)
    judge = Judge(len(vocabulary)).to(machine.device(), memory_format=torch.channels_last)  # a third faster on a processor
    optimizer = torch.optim.AdamW(judge.parameters(), args.rate, weight_decay=0.02)
    progress = machine.Progress("judge", args.batch)
    first = 0
    if os.path.exists(f"{args.run}/judge.pt"):
        state = torch.load(f"{args.run}/judge.pt", map_location=machine.device())
        judge.load_state_dict(state["model"])
        first = state["step"]
        print(f"resumed at {first}")
    for step in range(first, args.steps):
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        pictures, known = lesson(args.batch, pack, vocabulary, looks, sampler, rng)
        _, scores = judge(roughened(machine.to_tensor(pictures)))
        losses = {name: F.cross_entropy(scores[name], known[name].to(scores[name].device), ignore_index=UNKNOWN, label_smoothing=0.05) for name in scores}
        loss = 2 * losses["object"] + losses["style"] + sum(losses[name] for name in HEADS)  # the two hard ones count double
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        progress(step, **{name: value.item() for name, value in losses.items()})
        if step % 200 == 199:
            machine.save(dict(model=judge.state_dict(), step=step + 1), f"{args.run}/judge.pt")
    machine.save(dict(model=judge.state_dict(), step=args.steps), f"{args.run}/judge.pt")


if __name__ == "__main__":
    main()
