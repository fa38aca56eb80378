#!/usr/bin/env python3
"""How often the image classifier takes harmless sprites for something else: python3 measure_classifier.py PACK MODEL.onnx

Every sprite of the sample is harmless, so every high score of hentai, porn or sexy is a false alarm. Says nothing about pictures that are not harmless.
"""
import argparse
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from onnx_torch import Network
from sprites import sprites

SPRITES = 2000
SIDE = 224
LABELS = ["drawing", "hentai", "neutral", "porn", "sexy"]
LEVELS = [0.5, 0.7, 0.85, 0.95]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("pack", type=pathlib.Path)
    arguments.add_argument("model", type=pathlib.Path)
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)

    network, scores = Network(asked.model), []
    for picture in sprites(asked.pack, SPRITES):
        planes = torch.from_numpy(np.asarray(picture, np.float32).transpose(2, 0, 1))[None] / 255
        scores.append(network(F.interpolate(planes, (SIDE, SIDE), mode="bilinear", align_corners=True))[0].numpy())
    scores = np.array(scores)
    print(f"| {len(scores)} sprites | " + " | ".join(f">= {level}" for level in LEVELS) + " | highest |")
    for label, column in [*zip(LABELS, scores.T), ("hentai + porn", scores[:, 1] + scores[:, 3])]:
        print(f"| {label} | " + " | ".join(str(int((column >= level).sum())) for level in LEVELS) + f" | {column.max():.3f} |")


if __name__ == "__main__":
    main()
