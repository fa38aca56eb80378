"""Draws training scenes, renders them, and keeps their latents on disk, so that training the flow never runs the autoencoder."""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from . import machine
from .autoencoder import Autoencoder
from .scenes import Scene, SceneSampler, is_held_out, render
from .sprites import Looks, Pack, read_vocabulary

IN_A_SHARD = 2048


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--shards", type=int, default=48)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard; it is also the seed")
    parser.add_argument("--pairs", type=float, default=0.32, help="share of scenes with two different things, the hardest ones to learn")
    args = parser.parse_args()
    autoencoder = load_autoencoder(args.run)
    vocabulary = read_vocabulary()
    looks = Looks(Pack(args.pack), vocabulary)
    folder = Path(args.run) / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(args.first, args.first + args.shards):
        start = time.process_time()
        rng = np.random.default_rng(10_000 + shard)
        sampler = SceneSampler(vocabulary, rng, args.pairs)
        scenes = [sampler.draw() for _ in range(IN_A_SHARD)]
        latents = []
        for i in range(0, IN_A_SHARD, 32):
            pixels = np.stack([render(scene, looks, rng) for scene in scenes[i : i + 32]])
            with torch.no_grad():
                latents.append(autoencoder.encode(machine.to_tensor(pixels)).cpu().numpy().astype(np.float16))
        path = folder / f"{shard:04d}.npz"
        with open(str(path) + ".new", "wb") as file:
            np.savez(file, latents=np.concatenate(latents), scenes=json.dumps(scenes))
        Path(str(path) + ".new").rename(path)
        print(f"shard {shard}: {IN_A_SHARD} scenes, {time.process_time() - start:.0f} s of processor time", flush=True)


def load_autoencoder(run):
    model = Autoencoder().to(machine.device()).eval().requires_grad_(False)
    model.load_state_dict(torch.load(f"{run}/autoencoder.pt", map_location=machine.device())["model"])
    return model


def read_shard(path):
    """Latents float16 [N,16,16,16] and their scenes; refuses a shard that shows a held-out composition."""
    with np.load(path) as stored:
        scenes = [Scene(tuple(fields[0]), *fields[1:]) for fields in json.loads(str(stored["scenes"]))]
        if any(is_held_out(scene) for scene in scenes):
            raise ValueError(f"{path} holds compositions that belong to the evaluation.")
        return torch.from_numpy(stored["latents"]), scenes


if __name__ == "__main__":
    main()
