#!/usr/bin/env python3
"""What torch makes of a small picture with an upscaler of ours, as a fixture for tests/Inference.Tests: python3 reference.py MODEL.onnx FACTOR OUT.f32

The picture and its frame are those of reference.cjs, which does the same for the originals under TensorFlow.js.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

from measure_upscalers import BORDER
from onnx_torch import Network

SIDE = 32


def ball(side):
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    inside = 9 * ((2 * x - side) ** 2 + (2 * y - side) ** 2) < 4 * side * side
    return np.where(inside, np.array([220, 60, 40])[c] - 40 * y // side, np.array([245, 240, 200])[c]).astype(np.float32)


@torch.no_grad()
def main():
    model, factor, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    planes = torch.from_numpy(ball(SIDE).transpose(2, 0, 1))[None]
    large = Network(model)(F.pad(planes, [BORDER] * 4, mode="replicate"))
    cut = BORDER * factor
    np.ascontiguousarray(large[0, :, cut:-cut, cut:-cut].numpy().transpose(1, 2, 0)).astype("<f4").tofile(out)


if __name__ == "__main__":
    main()
