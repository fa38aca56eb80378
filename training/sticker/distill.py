"""
Distils the flow model into one that needs four to eight evaluations and no second pass for guidance.

The student starts as the teacher. For a guidance scale w and one step of a grid of 4 or 8 it learns the mean of two guided half steps of the teacher
(progressive distillation, Salimans and Ho 2022, with the guidance of Meng et al. 2023 as an input). A third of each batch keeps the plain velocity of
the flow (guidance = step = 0), which negative prompts use and from which training can go on.
"""
import argparse
import copy
from pathlib import Path

import numpy as np
import torch

from . import flow, machine
from .encode_scenes import load_autoencoder
from .muon import Muon
from .tokens import Tokenizer
from .train_flow import Scenes, look, new_models
from .transformer import SMALLEST_TIME

GUIDANCE = (1.0, 6.0)


def grid_step(count, device):
    """Beginning, middle and end of a random step of a random grid, as noise levels."""
    steps = torch.where(torch.rand(count, device=device) < 0.6, 4.0, 8.0) * torch.ones(count, device=device)
    i = (torch.rand(count, device=device) * steps).floor()
    begin, end = flow.shifted(1 - i / steps), flow.shifted(1 - (i + 1) / steps)
    return begin, (begin + end) / 2, end


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--pairs", type=float, default=0.4, help="share of scenes with two different things")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--muon-rate", type=float, default=3e-3)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(4)
    tokenizer = Tokenizer(args.pack)
    teacher = new_models(args.pack)
    teacher.load_state_dict(torch.load(Path(args.run) / "flow.pt", map_location=machine.device())["average"])
    teacher.eval().requires_grad_(False)
    student = copy.deepcopy(teacher["transformer"]).requires_grad_(True)
    average = copy.deepcopy(teacher)
    matrices = [p for name, p in student.named_parameters() if "blocks." in name and p.ndim == 2 and "modulate" not in name]
    chosen = {id(p) for p in matrices}
    adam = torch.optim.AdamW([p for p in student.parameters() if id(p) not in chosen], args.rate, betas=(0.9, 0.98), weight_decay=0)
    muon = Muon(matrices, lr=args.muon_rate, weight_decay=0)
    data = Scenes(args.run, tokenizer, np.random.default_rng(5), args.pairs)
    no_prompt = torch.tensor([flow.NO_PROMPT], device=machine.device())
    progress = machine.Progress("distillation", args.batch, every=10)

    for step in range(args.steps):
        left = min(1, (step + 1) / 20) * (1 - step / args.steps)
        for group in adam.param_groups:
            group["lr"] = args.rate * left
        for group in muon.param_groups:
            group["lr"] = args.muon_rate * left
        clean, ids = data.batch(args.batch, without_caption=0.0)
        plain = args.batch // 3
        noise = torch.randn_like(clean)
        begin, middle, end = grid_step(args.batch, clean.device)
        z = flow.noised(clean, noise, begin)
        scale = GUIDANCE[0] + (GUIDANCE[1] - GUIDANCE[0]) * torch.rand(args.batch, device=clean.device) ** 2  # mostly low, where pictures are best
        length = 4 * (begin - end)
        is_plain = torch.arange(args.batch, device=clean.device) < plain
        ids[: plain // 4] = no_prompt
        with torch.no_grad(), machine.half(args.bf16):
            text = [part.float() for part in teacher["text"](ids)]
            no_text = [part.float().expand(args.batch, *part.shape[1:]) for part in teacher["text"](no_prompt)]
            target = (z - clean) / begin.clamp(min=SMALLEST_TIME)[:, None, None, None]
            d = slice(plain, None)
            words, none = [part[d] for part in text], [part[d] for part in no_text]
            first = flow.guided_velocity(teacher["transformer"], z[d], begin[d], words, none, scale[d])
            half_way = z[d] + (middle - begin)[d, None, None, None] * first
            second = flow.guided_velocity(teacher["transformer"], half_way, middle[d], words, none, scale[d])
            target[d] = (first + second) / 2
        with machine.half(args.bf16):
            made = student(z, begin * 1000, *text, scale.masked_fill(is_plain, 0), length.masked_fill(is_plain, 0))
            loss = (made.float() - target).pow(2).mean()
        adam.zero_grad(set_to_none=True)
        muon.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        adam.step()
        muon.step()
        decay = min(0.98, (1 + step) / (10 + step))
        with torch.no_grad():
            for slow, fast in zip(average["transformer"].parameters(), student.parameters()):
                slow.lerp_(fast, 1 - decay)
        progress(step, loss=loss.item())
        if step % 50 == 49:
            machine.save(dict(average=average.state_dict(), step=step + 1), Path(args.run) / "student.pt")
    machine.save(dict(average=average.state_dict(), step=args.steps), Path(args.run) / "student.pt")
    autoencoder = load_autoencoder(args.run)
    for steps in (4, 8):
        look(average, autoencoder, tokenizer, f"{args.run}/student-{steps}.png", distilled=True, steps=steps, guidance=2.0)


if __name__ == "__main__":
    main()
