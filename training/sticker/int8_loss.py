"""What storing the weights as int8 costs: the 64 prompts of the sheet from the float32 weights of a run (its student.pt as distill wrote it) and from those that ship."""
import argparse
import math

import torch

from . import flow, machine
from .encode_scenes import load_autoencoder
from .export import load
from .sheet import PROMPTS
from .tokens import Tokenizer
from .train_flow import new_models


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    args = parser.parse_args()
    exact = new_models(args.pack).eval()
    exact.load_state_dict(torch.load(f"{args.run}/student.pt", map_location=machine.device())["average"])
    tokenizer = Tokenizer(args.pack)
    ids = torch.tensor([tokenizer(prompt) for prompt in PROMPTS], device=machine.device())
    noise = torch.randn(len(ids), 16, 16, 16, generator=torch.Generator().manual_seed(1)).to(machine.device())
    text, transformer, autoencoder = load(args.pack, args.run)
    latents = [flow.sample(*models, ids, 4, 2.0, noise) for models in ((exact["text"], exact["transformer"]), (text, transformer))]
    pixels = [(model.decode(z).clamp(-1, 1) + 1) / 2 for model, z in zip((load_autoencoder(args.run), autoencoder), latents)]
    rms = lambda x: x.pow(2).mean().sqrt().item()
    print(f"latents: {rms(latents[1] - latents[0]):.4f} root mean square, of {rms(latents[0]):.3f}; pixels: {-20 * math.log10(rms(pixels[1] - pixels[0])):.1f} dB")


if __name__ == "__main__":
    main()
