"""The contact sheet: 64 fixed prompts, eight in a row, one seed, with the weights that ship."""
import argparse

import torch

from . import flow, machine
from .export import load
from .tokens import Tokenizer

PROMPTS = """a red apple, 3d style
a dog, 3d style
a rocket, 3d render
a pizza, 3d icon
an owl, 3d style
a castle, 3d style
a purple dragon, 3d style
a guitar, 3d icon
a cat, flat style
a blue car on a yellow background, flat style
a tree on a light blue background, flat design
a bicycle, flat design
a strawberry, flat style
a green shield on a cream background, flat style
a snowman on a blue background, flat style
a hamburger, flat style
a rose, cartoon style
a lion, cartoon
a penguin on an orange background, cartoon style
a cup of coffee, cartoon style
a blue fish, cartoon
a sunflower on a black background, cartoon
a house, cartoon style
a robot on a green background, cartoon style
a purple heart, sticker style
a robot, sticker with a white outline
a fox on a blue background, sticker style
a donut on a pink background, sticker style
a crown on a purple background, sticker style
a yellow backpack, sticker style
a cactus on a gray background, sticker style
a ghost on an orange background, sticker style
a house, pixel art
a banana on a purple background, pixel art
a sun, pixel art
a skull on a red background, pixel art
a pink mushroom, pixel art style
a diamond on a black background, pixel art
a frog, pixel art
a key on a light blue background, pixel art
two green frogs, sticker style
two cats, flat style
two rockets on a yellow background, 3d style
two cupcakes, cartoon style
three strawberries, flat style
three stars on a blue background, 3d style
three red cars, cartoon
three bees, pixel art
a fish and a dog, 3d style
a cat next to a pumpkin, flat style
a penguin above a donut, cartoon
an apple on the left and a banana on the right, flat style
a sun above a house, flat style
a bear and a honey pot on a green background, 3d style
a rabbit and a carrot, cartoon style
a ghost next to a candle on a purple background, sticker style
a pink elephant on a black background, 3d style
a blue lemon, cartoon style
a green cat on a pink background, flat style
an orange whale on a light blue background, 3d style
a purple camera on a yellow background, sticker style
a puppy
a pine tree
a smiley on a black background""".split("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tokenizer = Tokenizer(args.pack)
    text, transformer, autoencoder = load(args.pack, args.run)
    ids = torch.tensor([tokenizer(prompt) for prompt in PROMPTS], device=machine.device())
    noise = torch.randn(len(ids), 16, 16, 16, generator=torch.Generator().manual_seed(args.seed)).to(machine.device())
    latents = flow.sample(text, transformer, ids, args.steps, args.guidance, noise)
    with torch.no_grad():
        machine.save_sheet(machine.to_bytes(autoencoder.decode(latents)), args.out)


if __name__ == "__main__":
    main()
