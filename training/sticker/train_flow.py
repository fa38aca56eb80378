"""
Trains the text encoder and the velocity transformer on the latents that encode_scenes keeps.

The learning rate is constant until a file named `decay` appears in the run's folder; it holds a number of steps, over which the rate then falls to
zero and training ends. So a run may be paused, resumed or lengthened without a schedule that was fixed in advance. The file is read once: where the fall
began is kept in the checkpoint, and the file is removed, so that a run that was stopped on the way down goes on down and one that ended can be begun again.
The first steps train only the text encoder and the canvas, and later ones go on with that beside the flow: what a word looks like is learnt there at a tenth
of the price of a sample.
"""
import argparse
import copy
from collections import namedtuple
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn

from . import flow, machine
from .encode_scenes import load_autoencoder, read_shard
from .muon import Muon
from .scenes import SceneSampler
from .sprites import read_vocabulary
from .text import TextEncoder, glove_vectors
from .tokens import Tokenizer
from .transformer import SMALLEST_TIME, Transformer, to_patches

LOOK_AT = [
    "a red apple, 3d style", "a cat, flat style", "a rocket, 3d render", "a blue car on a yellow background, flat style", "a rose, cartoon style",
    "a pizza, cartoon", "a cool face, 3d style", "a tree on a light blue background, flat design", "a fish and a dog, 3d style",
    "a purple heart, sticker style", "a house, pixel art", "a robot, sticker with a white outline", "a cup of coffee, cartoon style", "a sun, pixel art",
    "a pink elephant on a black background, 3d style", "a guitar, 3d icon", "two green frogs, sticker style", "three strawberries, flat style",
    "a penguin above a donut, cartoon", "a castle on an orange background, cartoon style", "an owl, 3d style", "a banana on a purple background, pixel art",
    "a bicycle, flat design", "a blue dragon, cartoon"]


class Scenes:
    """
    Batches of latents and captions. `pairs` is the share of scenes with two different things, the hardest ones, whatever their share of the shards.
    Shards that appear while training runs are taken in.
    """

    def __init__(self, run, tokenizer, rng, pairs):
        self.folder, self.tokenizer, self.rng, self.pairs = Path(run) / "scenes", tokenizer, rng, pairs
        self.sampler = SceneSampler(read_vocabulary(), rng)
        self.read, self.latents, self.scenes = set(), [], []
        self.places = {True: [], False: []}  # shard and row of every scene, by whether it shows two different things
        self.look_for_more()

    def look_for_more(self):
        for path in sorted(self.folder.glob("*.npz")):
            if path not in self.read:
                latents, scenes = read_shard(path)
                self.read.add(path)
                for row, scene in enumerate(scenes):
                    self.places[len(scene.nouns) == 2].append((len(self.scenes), row))
                self.latents.append(latents)
                self.scenes.append(scenes)

    def batch(self, count, without_caption=0.1):
        kinds = [self.places[bool(is_pair)] for is_pair in self.rng.random(count) < self.pairs]
        chosen = [places[self.rng.integers(len(places))] for places in kinds]
        clean = torch.stack([self.latents[s][r] for s, r in chosen]).float()
        ids = [
            flow.NO_PROMPT if self.rng.random() < without_caption else self.tokenizer(self.sampler.caption(self.scenes[s][r])) for s, r in chosen]
        return clean.to(machine.device()), torch.tensor(ids, device=machine.device())


def draw_times(count, device):
    """Noise levels: logit-normal about the shifted middle, and one in three near pure noise, where few-step sampling settles what is on the picture."""
    t = flow.shifted(torch.sigmoid(torch.randn(count, device=device)))
    near_noise = 1 - 0.25 * torch.rand(count, device=device)
    return torch.where(torch.rand(count, device=device) < 1 / 3, near_noise, t)


def velocity_loss(made, wanted, t):
    """Squared error of the velocity, held down at low noise: the decoder was trained not to mind noise of 0.3."""
    weight = (t / 0.25).clamp(max=1) ** 2
    return (weight * (made.float() - wanted).pow(2).mean((1, 2, 3))).mean()


def canvas_loss(transformer, clean, pooled):
    return (transformer.canvas_patches(pooled).float() - to_patches(clean)).pow(2).mean()


def flow_loss(transformer, clean, states, pooled):
    t, noise = draw_times(len(clean), clean.device), torch.randn_like(clean)
    noisy, zero = flow.noised(clean, noise, t), torch.zeros_like(t)
    velocity = transformer(noisy, t * 1000, states, pooled, zero, zero)
    return velocity_loss(velocity, (noisy - clean) / t.clamp(min=SMALLEST_TIME)[:, None, None, None], t)


def optimizers(text_encoder, transformer, rate, muon_rate):
    matrices = [
        p for model in (text_encoder, transformer) for name, p in model.named_parameters()
        if "blocks." in name and p.ndim == 2 and "modulate" not in name]
    chosen = {id(p) for p in matrices}
    table = text_encoder.learned.weight
    rest = [p for model in (text_encoder, transformer) for p in model.parameters() if id(p) not in chosen and p is not table]
    adam = torch.optim.AdamW([dict(params=rest, lr=rate), dict(params=[table], lr=rate * 2)], betas=(0.9, 0.98), weight_decay=0.0)
    muon = Muon(matrices, lr=muon_rate)
    for optimizer in (adam, muon):
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]
    return adam, muon


def new_models(pack, depth=6):
    return nn.ModuleDict(dict(text=TextEncoder(glove_vectors(pack)), transformer=Transformer(depth=depth))).to(machine.device())


# The fall of the learning rate: the step at which it began and how many steps it takes.
Decay = namedtuple("Decay", "first steps")


def share_of_rate(step, decay):
    """What is left of the learning rate at a step: all of it before the decay, nothing (or less) at its end."""
    return 1.0 if decay is None else 1 - (step - decay.first) / decay.steps


AVERAGE_EVERY = 4  # steps; the average is a pass over all weights, which a processor feels


def follow(average, models, step, settling):
    """Exponential moving average of the weights, short at first, and short again while the falling learning rate settles them by itself."""
    if step % AVERAGE_EVERY:
        return
    decay = min(0.8 if settling else 0.992, (1 + step) / (40 + step))
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), models.parameters()):
            slow.lerp_(fast, 1 - decay)


def look(average, autoencoder, tokenizer, path, distilled=False, steps=16, guidance=3.0):
    ids = torch.tensor([tokenizer(prompt) for prompt in LOOK_AT], device=machine.device())
    noise = torch.randn(len(ids), 16, 16, 16, generator=torch.Generator().manual_seed(0)).to(machine.device())
    with torch.no_grad():
        latents = flow.sample(average["text"], average["transformer"], ids, steps, guidance, noise, distilled)
        machine.save_sheet(machine.to_bytes(autoencoder.decode(latents)), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--canvas-batch", type=int, default=256, help="scenes in a step, of which the first --batch go through the flow")
    parser.add_argument("--pairs", type=float, default=0.4, help="share of scenes with two different things")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--steps", type=int, default=10**9, help="stop here, in the middle of a decay too")
    parser.add_argument("--canvas-steps", type=int, default=410)
    parser.add_argument("--save-every", type=int, default=100)
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(2)
    checkpoint, decay_file = Path(args.run) / "flow.pt", Path(args.run) / "decay"
    tokenizer = Tokenizer(args.pack)
    models = new_models(args.pack)
    average = copy.deepcopy(models).eval().requires_grad_(False)
    adam, muon = optimizers(models["text"], models["transformer"], args.rate, args.muon_rate)
    step, decay = 0, None
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=machine.device())
        models.load_state_dict(state["models"])
        average.load_state_dict(state["average"])
        adam.load_state_dict(state["adam"])
        muon.load_state_dict(state["muon"])
        step = state["step"]
        decay = Decay(*state["decay"]) if state.get("decay") else None  # checkpoints of older versions have none
        for optimizer, rates in ((adam, (args.rate, 2 * args.rate)), (muon, (args.muon_rate,))):
            for group, rate in zip(optimizer.param_groups, rates):
                group["full_lr"] = rate
    data = Scenes(args.run, tokenizer, np.random.default_rng(3 + step), args.pairs)
    torch.manual_seed(2 + step)
    autoencoder = load_autoencoder(args.run)
    for name, model in models.items():
        print(f"{name}: {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters")
    print(f"step {step}, {sum(len(s) for s in data.scenes)} scenes", flush=True)
    parameters = list(models.parameters())
    progress = machine.Progress("flow", args.batch)

    while step < args.steps:
        if decay is None and decay_file.exists():
            decay = Decay(step, int(decay_file.read_text()))
            save(checkpoint, models, average, adam, muon, step, decay)
            decay_file.unlink()
            print(f"decaying over {decay.steps} steps from {step}", flush=True)
        left = share_of_rate(step, decay)
        if left <= 0:
            decay = None  # at its end; who trains on begins at the full rate
            break
        for optimizer in (adam, muon):
            for group in optimizer.param_groups:
                group["lr"] = group["full_lr"] * min(1, (step + 1) / 100, abs(step - args.canvas_steps + 1) / 50) * left
        for optimizer in (adam, muon):
            optimizer.zero_grad(set_to_none=True)
        losses = {}
        clean, ids = data.batch(args.canvas_batch)
        with machine.half(args.bf16):
            states, pooled = models["text"](ids)
            losses["canvas"] = canvas_loss(models["transformer"], clean, pooled)
            if step >= args.canvas_steps:
                flowing = slice(args.batch)  # the dear part sees the first of the batch, and shares their text states
                losses["flow"] = flow_loss(models["transformer"], clean[flowing], states[flowing], pooled[flowing])
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        muon.step()
        step += 1
        follow(average, models, step, settling=decay is not None)
        progress(step, **{name: loss.item() for name, loss in losses.items()})
        if step % args.save_every == 0:
            save(checkpoint, models, average, adam, muon, step, decay)
            data.look_for_more()
        if step % (5 * args.save_every) == 0:
            look(average, autoencoder, tokenizer, f"{args.run}/flow-{step:06d}.png")
    save(checkpoint, models, average, adam, muon, step, decay)
    look(average, autoencoder, tokenizer, f"{args.run}/flow.png")


def save(path, models, average, adam, muon, step, decay=None):
    parts = dict(models=models, average=average, adam=adam, muon=muon)
    machine.save(dict({name: part.state_dict() for name, part in parts.items()}, step=step, decay=decay and tuple(decay)), path)


if __name__ == "__main__":
    main()
