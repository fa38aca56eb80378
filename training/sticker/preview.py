"""
Fits the preview decoder: one convolution from cells to pixels, by least squares against the decoder that ships. It shows where things lie, which colours they have and, softly, their edges, for a
hundredth of the decoder's arithmetic; nobody would take its picture for the finished one.
"""
import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from . import machine, weights
from .autoencoder import CHANNELS, CELLS
from .encode_scenes import load_autoencoder, read_shard

REACH, PIXELS = 3, 8  # cells that one cell's pixels are told by, and their side in pixels
RIDGE = 1e-3


def neighbourhoods(latents):
    """[B,16,16,16] to one row a cell: the numbers of it and its neighbours, and a one."""
    rows = F.unfold(latents, REACH, padding=REACH // 2).transpose(1, 2).reshape(-1, CHANNELS * REACH**2)
    return torch.cat([rows, torch.ones(len(rows), 1)], 1).double()


def cells(pixels):
    """[B,3,128,128] to one row a cell: its three planes of 8 x 8."""
    return F.unfold(pixels, PIXELS, stride=PIXELS).transpose(1, 2).reshape(-1, 3 * PIXELS**2).double()


@torch.no_grad()
def fit(autoencoder, latents):
    """Weights [192,16,3,3] and biases [192] of the convolution."""
    inner, outer = 0, 0
    for batch in latents.split(64):
        rows = neighbourhoods(batch)
        inner, outer = inner + rows.T @ rows, outer + rows.T @ cells(autoencoder.decode(batch))
    solution = torch.linalg.solve(inner + RIDGE * torch.eye(len(inner), dtype=torch.double), outer).float()
    return solution[:-1].T.reshape(-1, CHANNELS, REACH, REACH).contiguous(), solution[-1].contiguous()


def decode(latents, kernel, bias):
    return F.pixel_shuffle(F.conv2d(latents, kernel, bias, padding=REACH // 2), PIXELS)


def write(kernel, bias, path):
    graph = helper.make_graph(
        [helper.make_node("Conv", ["latent_sample", "kernel", "bias"], ["cells"], kernel_shape=[REACH, REACH], pads=[REACH // 2] * 4),
         # CRD: the channels of a cell are plane, row, column, as cells() has them.
         helper.make_node("DepthToSpace", ["cells"], ["sample"], blocksize=PIXELS, mode="CRD")],
        "preview_decoder",
        [helper.make_tensor_value_info("latent_sample", TensorProto.FLOAT, ["batch", CHANNELS, CELLS, CELLS])],
        [helper.make_tensor_value_info("sample", TensorProto.FLOAT, ["batch", 3, CELLS * PIXELS, CELLS * PIXELS])],
        [numpy_helper.from_array(kernel.numpy(), "kernel"), numpy_helper.from_array(bias.numpy(), "bias")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8, producer_name="vitrine")
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def decibels(a, b):
    """Peak signal to noise ratio of uint8 pictures, the median over them."""
    error = ((a.astype(np.float64) - b.astype(np.float64)) ** 2).mean((1, 2, 3))
    return float(np.median(10 * np.log10(255**2 / np.maximum(error, 1e-9))))


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True, help="with the autoencoder and the latents of scenes (encode_scenes)")
    parser.add_argument("--model", required=True, help="the model folder to write into")
    parser.add_argument("--sheet", help="a PNG with pictures of both decoders in pairs")
    args = parser.parse_args()
    autoencoder = load_autoencoder(args.run).cpu()
    weights.round_model(autoencoder)
    shards = sorted((Path(args.run) / "scenes").glob("*.npz"))
    latents = read_shard(shards[0])[0].float()
    kernel, bias = fit(autoencoder, latents)
    # What nobody fitted: another shard, clean, and under the noise that a preview's guess still has of it.
    test = read_shard(shards[-1])[0][:256].float()
    whole, quick = machine.to_bytes(autoencoder.decode(test)), machine.to_bytes(decode(test, kernel, bias))
    print(f"{decibels(quick, whole):.1f} dB from the decoder that ships, the median of {len(test)} scenes that were not fitted; fitted on {len(latents)}")
    write(kernel, bias, Path(args.model) / "preview_decoder" / "model.onnx")
    if args.sheet:
        machine.save_sheet(np.stack([whole[:32], quick[:32]], 1).reshape(-1, *whole.shape[1:]), args.sheet)


if __name__ == "__main__":
    main()
