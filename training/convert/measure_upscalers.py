#!/usr/bin/env python3
"""How well the upscalers restore pictures of ours, next to plain resampling: python3 measure_upscalers.py PACK MODELS

PACK is the folder of packed sprites (captions.json.gz and img*.bin); MODELS holds <name>-x<factor>.onnx or <name>-x<factor>/model.onnx. Every sprite is
put on a plain background, averaged down by 2 and by 4, enlarged again, and compared with what it was: PSNR over RGB, SSIM over luma (11-pixel
Gaussian window of sigma 1.5), as mean over sprites. tune_upscaler.py leaves these sprites out, and all others of their names; what the authors of ESRGAN
slim trained it on is not known here.
"""
import argparse
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from onnx_torch import Network
from sprites import sprites

SPRITES = 200
BORDER = 8  # The engine repeats the edge that far outwards; see Upscaler.cs.
RESAMPLING = {"bicubic": Image.BICUBIC, "Lanczos": Image.LANCZOS}
NETWORKS = [(name, factor) for name in ("esrgan-slim", "vitrine-upscale") for factor in (2, 4)]


def enlarge(network, small, factor):
    planes = torch.from_numpy(np.asarray(small, np.float32).transpose(2, 0, 1))[None]
    large = network(F.pad(planes, [BORDER] * 4, mode="replicate"))
    cut = BORDER * factor
    return large[0, :, cut:-cut, cut:-cut].clamp(0, 255).round().numpy().transpose(1, 2, 0)


def psnr(a, b):
    return 10 * np.log10(255**2 / max(np.mean((a - b) ** 2), 1e-9))


def ssim(a, b):
    luma = [torch.from_numpy(picture @ np.array([0.299, 0.587, 0.114]))[None, None] for picture in (a, b)]
    window = torch.exp(-((torch.arange(11, dtype=torch.float64) - 5) ** 2) / (2 * 1.5**2))
    window = (window / window.sum())[:, None] @ (window / window.sum())[None]
    mean = lambda planes: F.conv2d(planes, window[None, None])
    (x, y), (c1, c2) = luma, ((0.01 * 255) ** 2, (0.03 * 255) ** 2)
    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    return float((((2 * mx * my + c1) * (2 * vxy + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("pack", type=pathlib.Path)
    arguments.add_argument("models", type=pathlib.Path)
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)

    methods = {}
    for factor in (2, 4):
        for name, filter in RESAMPLING.items():
            methods[f"{name} x{factor}"] = (factor, lambda small, f=factor, by=filter: np.asarray(small.resize((small.width * f, small.height * f), by), np.float64))
    for name, factor in NETWORKS:
        places = [asked.models / f"{name}-x{factor}.onnx", asked.models / f"{name}-x{factor}" / "model.onnx"]
        for place in first_existing(places):
            methods[f"{name} x{factor}"] = (factor, lambda small, f=factor, network=Network(place): enlarge(network, small, f).astype(np.float64))

    scores = {name: [] for name in methods}
    begun = time.time()
    for picture in sprites(asked.pack, SPRITES):
        original = np.asarray(picture, np.float64)
        for name, (factor, method) in methods.items():
            large = method(picture.resize((picture.width // factor, picture.height // factor), Image.BOX))
            scores[name].append((psnr(original, large), ssim(original, large)))
    print(f"{SPRITES} sprites, {time.time() - begun:.0f} s")
    for name in sorted(scores, key=lambda name: (name[-1], name)):
        p, s = np.mean(scores[name], 0)
        print(f"| {name} | {p:.2f} dB | {s:.4f} |")


def first_existing(places):
    return [place for place in places if place.exists()][:1]


if __name__ == "__main__":
    main()
