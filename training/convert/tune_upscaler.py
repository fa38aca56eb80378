#!/usr/bin/env python3
"""Trains a converted upscaler on pictures of ours: python3 tune_upscaler.py PACK IN.onnx OUT.onnx --factor 2

Only the numbers change: graph, size and speed stay. Pictures are packed sprites on random plain backgrounds, averaged or filtered down by the factor; the
network learns to give the original back (L1 of the pixels, and of the differences between neighbours). A sprite whose label is that of any of the sprites
that measure_upscalers.py measures is left out, whatever set it is from.
"""
import argparse
import io
import math
import pathlib
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from PIL import Image

from measure_upscalers import SPRITES
from onnx_torch import Network
from sprites import measured, read_pack

SIDE = 64  # of the crops that the network makes; a sprite has 128
# As pictures are made smaller: mostly as they are measured, sometimes otherwise, so that no single filter is learnt by heart.
FILTERS, SHARES = [Image.BOX, Image.LANCZOS, Image.BICUBIC], [0.6, 0.2, 0.2]


class Crops:
    def __init__(self, pack, factor, rng):
        self.items, self.shards = read_pack(pack)
        labels = {item["label"] for item in measured(self.items, SPRITES)}
        self.items = [item for item in self.items if item["label"] not in labels]
        self.factor, self.rng = factor, rng

    def picture(self):
        item = self.items[self.rng.integers(len(self.items))]
        blob = self.shards[item["shard"]][item["offset"] : item["offset"] + item["length"]]
        sprite = Image.open(io.BytesIO(blob)).convert("RGBA")
        canvas = Image.new("RGBA", sprite.size, (*map(int, self.rng.integers(0, 256, 3)), 255) if self.rng.random() < 0.7 else (255, 255, 255, 255))
        canvas.alpha_composite(sprite)
        return canvas.convert("RGB")

    def batch(self, count):
        """Small and large, float [B,3,h,w] in 0..255: two crops of each picture."""
        small, large = [], []
        for _ in range(count // 2):
            picture = self.picture()
            little = np.asarray(picture.resize((picture.width // self.factor, picture.height // self.factor), FILTERS[self.rng.choice(3, p=SHARES)]))
            whole, side = np.asarray(picture), SIDE // self.factor
            for _ in range(2):
                y, x = self.rng.integers(0, little.shape[0] - side + 1, 2)
                turn, flip = int(self.rng.integers(4)), bool(self.rng.integers(2))
                for crops, pixels, times, width in ((small, little, 1, side), (large, whole, self.factor, SIDE)):
                    crop = np.rot90(pixels[y * times : y * times + width, x * times : x * times + width], turn)
                    crops.append(np.ascontiguousarray((crop[:, ::-1] if flip else crop).transpose(2, 0, 1)))
        return tuple(torch.from_numpy(np.stack(crops)).float() for crops in (small, large))


def loss_of(made, wanted):
    across = (made[..., 1:] - made[..., :-1]) - (wanted[..., 1:] - wanted[..., :-1])
    down = (made[..., 1:, :] - made[..., :-1, :]) - (wanted[..., 1:, :] - wanted[..., :-1, :])
    return (made - wanted).abs().mean() + 0.25 * (across.abs().mean() + down.abs().mean())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("pack", type=pathlib.Path)
    arguments.add_argument("given", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--factor", type=int, required=True)
    arguments.add_argument("--steps", type=int, default=1500)
    arguments.add_argument("--batch", type=int, default=16)
    arguments.add_argument("--rate", type=float, default=4e-4)
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(8)
    crops, network = Crops(asked.pack, asked.factor, np.random.default_rng(8)), Network(asked.given)
    model = onnx.load(str(asked.given))
    trained = {}
    for node in model.graph.node:
        if node.op_type == "Conv":
            for name in node.input[1:]:
                trained[name] = network.constants[name] = network.constants[name].clone().requires_grad_(True)
    optimizer = torch.optim.Adam(trained.values(), asked.rate, betas=(0.9, 0.99))
    average = {name: tensor.detach().clone() for name, tensor in trained.items()}
    print(f"{len(crops.items)} sprites, {sum(tensor.numel() for tensor in trained.values())} numbers", flush=True)
    smooth, begun = None, time.process_time()
    for step in range(asked.steps):
        for group in optimizer.param_groups:
            group["lr"] = asked.rate * min(1, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / asked.steps)))
        small, large = crops.batch(asked.batch)
        loss = loss_of(network(small), large)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), 50.0)
        optimizer.step()
        keep = min(0.99, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, tensor in trained.items():
                average[name].lerp_(tensor, 1 - keep)
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 49:
            print(f"x{asked.factor} {step}: loss {smooth:.3f}  ({time.process_time() - begun:.0f} s of processor time)", flush=True)
        if step % 250 == 249 or step == asked.steps - 1:
            write(model, average, asked.out)


def write(model, weights, path):
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name].numpy(), tensor.name))
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


if __name__ == "__main__":
    main()
