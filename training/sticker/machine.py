"""Where and how training runs: device, threads, precision, files, and pictures to look at."""
import os
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from PIL import Image


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half(enabled=True):
    """Autocast to bfloat16, where that is on."""
    return torch.autocast(device().type, torch.bfloat16) if enabled else nullcontext()


def save(state, path):
    """Written whole or not at all, so that a stopped run leaves the last good checkpoint."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, str(path) + ".new")
    os.replace(str(path) + ".new", path)


def to_tensor(images):
    """uint8 [B,H,W,3] to float [B,3,H,W] in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device()).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(tensor):
    return ((tensor.detach().float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def save_sheet(images, path, columns=8):
    """Writes uint8 pictures [N,H,W,3] in rows, as one PNG."""
    count, height, width, _ = images.shape
    rows = (count + columns - 1) // columns
    sheet = np.full((rows * height, columns * width, 3), 255, np.uint8)
    for i in range(count):
        y, x = i // columns * height, i % columns * width
        sheet[y : y + height, x : x + width] = images[i]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path, optimize=True)


class Progress:
    """Prints a line every so many steps: steps, samples a second of processor time, smoothed numbers."""

    def __init__(self, name, batch, every=50):
        self.name, self.batch, self.every = name, batch, every
        self.start, self.steps, self.smooth = time.process_time(), 0, {}

    def __call__(self, step, **numbers):
        self.steps += 1
        for key, value in numbers.items():
            self.smooth[key] = 0.98 * self.smooth.get(key, value) + 0.02 * value
        if self.steps % self.every == 0:
            spent = time.process_time() - self.start
            text = "  ".join(f"{key} {value:.4g}" for key, value in self.smooth.items())
            print(f"{self.name} {step}: {text}  ({spent:.0f} s of processor time, {self.steps * self.batch / spent:.1f} samples/s)", flush=True)
