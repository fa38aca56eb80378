"""
Trains the autoencoder on crops of scenes and of all packed sprites.

The decoder sees latents with noise on them: what the flow model makes is never exact, and cells that survive noise are easier to learn. One batch in
four is decoded from latents at half size and compared with the picture at half size, which keeps neighbouring cells alike (the idea of EQ-VAE).
"""
import argparse
import math

import numpy as np
import torch
import torch.nn.functional as F

from . import machine
from .autoencoder import Autoencoder
from .scenes import SceneSampler, render
from .sprites import BACKGROUNDS, Looks, Pack, read_vocabulary
from PIL import Image


class Crops:
    """Random windows of pictures: three from scenes of the vocabulary for each two of any sprite of the pack on any colour."""

    def __init__(self, pack, size, rng):
        self.pack, self.size, self.rng = pack, size, rng
        self.vocabulary = read_vocabulary()
        self.looks, self.sampler = Looks(pack, self.vocabulary), SceneSampler(self.vocabulary, rng)

    def picture(self):
        if self.rng.random() < 0.6:
            return render(self.sampler.draw(), self.looks, self.rng)
        sprite = self.pack.picture(int(self.rng.integers(len(self.pack.items))))
        colour = tuple(self.rng.integers(0, 256, 3)) if self.rng.random() < 0.5 else list(BACKGROUNDS.values())[self.rng.integers(len(BACKGROUNDS))]
        canvas = Image.new("RGB", sprite.size, tuple(int(c) for c in colour))
        canvas.paste(sprite, (0, 0), sprite)
        return np.asarray(canvas)

    def batch(self, count):
        crops = []
        for _ in range(count // 2):
            picture = self.picture()
            for _ in range(2):
                y, x = self.rng.integers(0, picture.shape[0] - self.size + 1, 2)
                crops.append(picture[y : y + self.size, x : x + self.size])
        return np.stack(crops)


def reconstruction_loss(made, wanted):
    """L1 at three scales, and L1 of the differences between neighbours so that edges stay sharp."""
    loss = (made - wanted).abs().mean()
    for k in (2, 4):
        loss = loss + 0.5 * (F.avg_pool2d(made, k) - F.avg_pool2d(wanted, k)).abs().mean()
    across = (made[..., 1:] - made[..., :-1]) - (wanted[..., 1:] - wanted[..., :-1])
    down = (made[..., 1:, :] - made[..., :-1, :]) - (wanted[..., 1:, :] - wanted[..., :-1, :])
    return loss + across.abs().mean() + down.abs().mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True, help="folder of checkpoints")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--noise", type=float, default=0.3)
    parser.add_argument("--decoder-only", action="store_true", help="keeps the encoder and goes on with the decoder of the run")
    parser.add_argument("--new-decoder", action="store_true", help="with --decoder-only: begins the decoder anew, for one of another shape")
    parser.add_argument("--resume", action="store_true", help="goes on with both halves of the run's autoencoder")
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(1)
    crops = Crops(Pack(args.pack), args.crop, np.random.default_rng(1 + args.resume + 2 * args.decoder_only))
    model = Autoencoder().to(machine.device())
    path = f"{args.run}/autoencoder.pt"
    if args.decoder_only or args.resume:
        known = torch.load(path, map_location=machine.device())["model"]
        if args.new_decoder:
            known = {name: tensor for name, tensor in known.items() if not name.startswith("decoder.")}
        model.load_state_dict(known, strict=not args.new_decoder)
    if args.decoder_only:
        model.encoder.requires_grad_(False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, args.rate, betas=(0.9, 0.98), weight_decay=1e-3)
    print(f"autoencoder: {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters")
    progress = machine.Progress("autoencoder", args.batch)

    for step in range(args.steps):
        rate = args.rate * min(1, (step + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        pixels = machine.to_tensor(crops.batch(args.batch))
        with machine.half(args.bf16):
            raw = model.raw(pixels).float()
            latents = normalised(model, raw, first=step == 0 and not args.resume, of_batch=not args.resume, learn=not args.decoder_only)
            wanted = pixels
            if step % 4 == 3:
                latents, wanted = F.avg_pool2d(latents, 2), F.avg_pool2d(pixels, 2)
            amount = args.noise * torch.rand(len(latents), 1, 1, 1, device=latents.device)
            made = model.decode(latents + amount * torch.randn_like(latents)).float()
            loss = reconstruction_loss(made, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % 4 == 0:
            progress(step, loss=loss.item(), l1=(made - wanted).abs().mean().item())
        if step % 500 == 499:
            machine.save({"model": model.state_dict(), "step": step}, path)

    if not args.decoder_only:
        measure_latents(model, crops)
    machine.save({"model": model.state_dict(), "step": args.steps}, path)
    look(model, crops, f"{args.run}/autoencoder.png")


def normalised(model, raw, first, of_batch, learn):
    """Latents of variance 1. A new model uses the numbers of the batch; one that goes on uses the running ones, as it will after training."""
    mean, std = raw.mean((0, 2, 3)), raw.std((0, 2, 3)) + 1e-5
    if learn:
        with torch.no_grad():
            model.mean.lerp_(mean, 1.0 if first else 0.02)
            model.std.lerp_(std, 1.0 if first else 0.02)
    if not (learn and of_batch):
        mean, std = model.mean.clone(), model.std.clone()
    return (raw - mean[:, None, None]) / std[:, None, None]


@torch.no_grad()
def measure_latents(model, crops):
    raw = torch.cat([model.raw(machine.to_tensor(np.stack([crops.picture() for _ in range(32)]))) for _ in range(16)])
    model.mean.copy_(raw.mean((0, 2, 3)))
    model.std.copy_(raw.std((0, 2, 3)))


@torch.no_grad()
def look(model, crops, path):
    pixels = machine.to_tensor(np.stack([crops.picture() for _ in range(32)]))
    made = model.decode(model.encode(pixels))
    noisy = model.decode(model.encode(pixels) + 0.3 * torch.randn(len(pixels), 16, 16, 16, device=pixels.device))
    psnr = -10 * torch.log10((made.clamp(-1, 1) - pixels).pow(2).mean() / 4)
    print(f"PSNR {psnr:.2f} dB")
    machine.save_sheet(machine.to_bytes(torch.stack([pixels, made, noisy], 1).flatten(0, 1)), path, columns=12)


if __name__ == "__main__":
    main()
