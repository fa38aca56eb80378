"""
A classifier for style alone. The judge of judge.py learns five things at once from blurred and noisy pictures, and the styles suffer: they differ in how a
surface is shaded and how an edge is drawn, which is what blur removes. This one sees single pixels, and nothing but real pictures: half of them as they are,
half through the autoencoder with noise on their latents, which is how a generated picture reaches the eye.

Every fifth noun is kept from it. `python3 -m sticker.style_judge` trains it and prints how often it is right on scenes of those nouns alone.
"""
import argparse
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import machine
from .encode_scenes import load_autoencoder
from .judge import Residual
from .scenes import SceneSampler, render
from .sprites import STYLES, Looks, Pack, read_vocabulary

SHRINK = 2  # four pixels are twelve channels, so that nothing is averaged before the network sees it
KEPT_NOUNS = 5  # every fifth noun is for the test
MOST_NOISE = 0.3  # on latents of variance 1; the decoder was trained up to this


class StyleJudge(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3 * SHRINK**2, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            Residual(32, 64, 2), Residual(64, 64, 1), Residual(64, 128, 2))
        self.style = nn.Linear(2 * 128, len(STYLES))

    def forward(self, pixels):
        """[B,3,128,128] in -1..1 to the scores of the styles."""
        x = self.body(F.pixel_unshuffle(pixels, SHRINK))
        return self.style(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))


def is_kept(scene):
    """Whether the scene shows a noun that the style judge never saw."""
    return any(noun % KEPT_NOUNS == 0 for noun in scene.nouns)


def draw(sampler, count, kept):
    """Scenes of the nouns that were kept (and compositions that no training shows), or of the others."""
    scenes = []
    while len(scenes) < count:
        scene = sampler.draw(held_out=kept)
        if kept == all(noun % KEPT_NOUNS == 0 for noun in scene.nouns) and (kept or not is_kept(scene)):
            scenes.append(scene)
    return scenes


@torch.no_grad()
def through(autoencoder, pixels, noise):
    """Pictures [B,3,128,128] after encoding, up to `noise` on the latents, decoding, and rounding to bytes."""
    latents = autoencoder.encode(pixels)
    latents = latents + noise * torch.rand(len(latents), 1, 1, 1, device=latents.device) * torch.randn_like(latents)
    return machine.to_tensor(machine.to_bytes(autoencoder.decode(latents)))


def lesson(count, sampler, looks, autoencoder, rng):
    scenes = draw(sampler, count, kept=False)
    pixels = machine.to_tensor(np.stack([render(scene, looks, rng) for scene in scenes]))
    half = count // 2
    pixels = torch.cat([pixels[:half], through(autoencoder, pixels[half:], MOST_NOISE)])
    pixels = torch.roll(pixels, (int(torch.randint(-8, 9, ())), int(torch.randint(-8, 9, ()))), (2, 3))
    return pixels, torch.tensor([STYLES.index(scene.style) for scene in scenes], device=pixels.device)


@torch.no_grad()
def styles_seen(judge, pictures):
    """The style of each uint8 picture, as an index into STYLES."""
    return torch.cat([judge(machine.to_tensor(pictures[i : i + 50])).argmax(1).cpu() for i in range(0, len(pictures), 50)])


def confusion(asked, seen):
    """How many pictures of each style (row) were taken for each (column)."""
    return torch.bincount(asked * len(STYLES) + seen, minlength=len(STYLES) ** 2).view(len(STYLES), -1)


def print_confusion(title, table):
    print(f"{title}: {100 * table.diag().sum() / table.sum():.1f} % right of {table.sum()}")
    print("| is, taken for | " + " | ".join(STYLES) + " | right |")
    for style, row, right in zip(STYLES, table.tolist(), (table.diag() / table.sum(1)).tolist()):
        print(f"| {style} | " + " | ".join(map(str, row)) + f" | {100 * right:.1f} % |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--test", type=int, default=1000, help="scenes of the nouns that were kept")
    args = parser.parse_args()
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    vocabulary = read_vocabulary()
    looks, sampler, autoencoder = Looks(Pack(args.pack), vocabulary), SceneSampler(vocabulary, rng), load_autoencoder(args.run)
    judge = StyleJudge().to(machine.device(), memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), args.rate, weight_decay=0.02)
    progress = machine.Progress("style judge", args.batch, every=25)
    first, path = 0, Path(args.run) / "style.pt"
    if path.exists():
        state = torch.load(path, map_location=machine.device())
        judge.load_state_dict(state["model"])
        first = state["step"]
        print(f"resumed at {first}")
    for step in range(first, args.steps):
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 30) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        pixels, known = lesson(args.batch, sampler, looks, autoencoder, rng)
        scores = judge(pixels)
        loss = F.cross_entropy(scores, known, label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        progress(step, loss=loss.item(), right=(scores.argmax(1) == known).float().mean().item())
        if step % 100 == 99:
            machine.save(dict(model=judge.state_dict(), step=step + 1), path)
    machine.save(dict(model=judge.state_dict(), step=args.steps), path)

    judge.eval()
    rng = np.random.default_rng(12)
    scenes = draw(SceneSampler(vocabulary, rng), args.test, kept=True)
    asked = torch.tensor([STYLES.index(scene.style) for scene in scenes])
    pictures = np.stack([render(scene, looks, rng) for scene in scenes])
    print_confusion("Real, of nouns never seen", confusion(asked, styles_seen(judge, pictures)))
    decoded = np.concatenate([machine.to_bytes(through(autoencoder, machine.to_tensor(pictures[i : i + 50]), 0)) for i in range(0, len(pictures), 50)])
    print_confusion("The same through the autoencoder", confusion(asked, styles_seen(judge, decoded)))


if __name__ == "__main__":
    main()
