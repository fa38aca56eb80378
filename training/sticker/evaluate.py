"""
Scores the distilled model, with the weights that ship, on held-out compositions. Every figure has its counterpart on real pictures beside it.

  objects, style, ...   what the judge says of a generated picture against what the prompt asked; `real` is the judge on real renderings of the same scenes
  Frechet distance      between judge features of generated and of real pictures; `real` is the distance between two disjoint sets of real pictures
  style by its judge    what the judge that knows nothing but style says, see style_judge.py
  copies                generated pictures nearer to a training picture, as a whole, than two real renderings of one composition usually are to each other
  copied looks          things on generated pictures that agree with a drawing of the training wherever it lies, see copies.py
  drawings              how near each generated picture is to real renderings of its own composition, against the same floor
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from . import copies, flow, judges, machine
from .encode_scenes import read_shard
from .export import load
from .judge import UNKNOWN, facts, halves, sprite_scene
from .scenes import SceneSampler, render
from .sprites import BACKGROUNDS, STYLES, UNSEEN_SET, Looks, Pack, read_vocabulary
from .style_judge import confusion, styles_seen
from .tokens import Tokenizer


class Evaluation:
    def __init__(self, args):
        self.args = args
        self.rng = np.random.default_rng(args.seed)
        pack, self.vocabulary = Pack(args.pack), read_vocabulary()
        self.pack, self.looks = pack, Looks(pack, self.vocabulary)
        self.sampler = SceneSampler(self.vocabulary, self.rng)
        self.tokenizer = Tokenizer(args.pack)
        self.text, self.transformer, self.autoencoder = load(args.pack, args.run)
        self.judge, self.style_judge = judges.load(args.judges)

    def generate(self, captions, noise, steps, distilled=True, guidance=None):
        """Latents and uint8 pictures of captions."""
        latents, pictures = [], []
        for i in range(0, len(captions), 50):
            ids = torch.tensor([self.tokenizer(caption) for caption in captions[i : i + 50]], device=machine.device())
            z = flow.sample(self.text, self.transformer, ids, steps, guidance or self.args.guidance, noise[i : i + 50].to(machine.device()), distilled)
            latents.append(z.cpu())
            pictures.append(machine.to_bytes(self.autoencoder.decode(z)))
        return torch.cat(latents), np.concatenate(pictures)

    @torch.no_grad()
    def judged(self, pictures):
        features, scores = [], []
        for i in range(0, len(pictures), 100):
            f, s = self.judge(machine.to_tensor(pictures[i : i + 100]))
            features.append(f.double().cpu())
            scores.append({name: part.cpu() for name, part in s.items()})
        return torch.cat(features), {name: torch.cat([part[name] for part in scores]) for name in scores[0]}

    @torch.no_grad()
    def encoded(self, pictures):
        return torch.cat([self.autoencoder.encode(machine.to_tensor(pictures[i : i + 64])).cpu() for i in range(0, len(pictures), 64)])

    @torch.no_grad()
    def through(self, pictures):
        """Pictures as the autoencoder gives them back: the best that the model could show."""
        latents = self.encoded(pictures).to(machine.device())
        return np.concatenate([machine.to_bytes(self.autoencoder.decode(latents[i : i + 64])) for i in range(0, len(latents), 64)])

    def score(self, scenes, pictures):
        """Shares of pictures on which the judge agrees with the scene."""
        _, scores = self.judged(pictures)
        known = {name: torch.tensor([facts(scene)[name] for scene in scenes]) for name in facts(scenes[0])}
        single = known["object"] != UNKNOWN
        found = {}
        ranks = scores["object"][single].topk(5, 1).indices == known["object"][single][:, None]
        found["object top-1"], found["object top-5"] = share(ranks[:, 0]), share(ranks.any(1))
        for name in ("style", "background", "count"):
            found[name] = share(scores[name].argmax(1) == known[name])
        for i, style in enumerate(STYLES):
            asked = known["style"] == i
            found[f"style, where {style} was asked"] = share(scores["style"].argmax(1)[asked] == i)
        found["colour"] = share((scores["colour"].argmax(1) == known["colour"])[single])
        coloured = single & (known["colour"] > 0)
        found["colour, where one was asked"] = share((scores["colour"].argmax(1) == known["colour"])[coloured])
        found["background by the pixels of the border"] = share(torch.tensor([border_colour(p) == s.background for p, s in zip(pictures, scenes)]))
        pairs = [i for i, scene in enumerate(scenes) if len(scene.nouns) == 2]
        if pairs:
            parts = np.concatenate([np.stack(halves(scenes[i], pictures[i])) for i in pairs])
            _, scores = self.judged(parts)
            wanted = torch.tensor([noun for i in pairs for noun in scenes[i].nouns])
            right = (scores["object"].topk(5, 1).indices == wanted[:, None]).any(1).view(-1, 2)
            found["two objects, each in the top 5 in its place"] = share(right.all(1))
            found["two objects, at least one"] = share(right.any(1))
        return {name: round(value, 4) for name, value in found.items()}


def share(agrees):
    return float(agrees.double().mean())


def border_colour(picture):
    """The named background nearest to the median of the picture's outermost four pixels."""
    edge = np.concatenate([picture[:4].reshape(-1, 3), picture[-4:].reshape(-1, 3), picture[:, :4].reshape(-1, 3), picture[:, -4:].reshape(-1, 3)])
    median = np.median(edge, 0)
    return min(BACKGROUNDS, key=lambda name: float(((median - BACKGROUNDS[name]) ** 2).sum()))


def frechet(a, b):
    """Squared Frechet distance of two sets of features, as normal distributions."""
    ca, cb = np.cov(a.numpy().T), np.cov(b.numpy().T)
    values, vectors = np.linalg.eigh(ca)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cb @ root).clip(0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca) + np.trace(cb) - 2 * cross)


def nearest(latents, shards):
    """Root mean square distance of each latent to the nearest training latent."""
    flat = latents.flatten(1)
    best = torch.full((len(flat),), float("inf"))
    for path in shards:
        other = read_shard(path)[0].float().flatten(1)
        squared = flat.pow(2).sum(1)[:, None] + other.pow(2).sum(1)[None] - 2 * (flat @ other.T)
        best = torch.minimum(best, squared.clamp(min=0).min(1).values)
    return (best / flat.shape[1]).sqrt()


def distance(a, b):
    return (a - b).pow(2).flatten(1).mean(1).sqrt()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--prompts", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--undistilled", action="store_true", help="the plain velocity, twice a step with classifier-free guidance, as negative prompts use it")
    parser.add_argument("--judges", type=Path, default=judges.FOLDER, help="the folder with the weights of both judges")
    parser.add_argument("--quick", action="store_true", help="judges and Frechet distance only: no copies, seeds or interpolation")
    parser.add_argument("--copied-looks", action="store_true", help="the search for copied drawings and nothing else")
    args = parser.parse_args()
    e = Evaluation(args)
    scenes = [e.sampler.draw(held_out=True) for _ in range(args.prompts)]
    captions = [e.sampler.caption(scene, say_style=True) for scene in scenes]
    noise = torch.randn(args.prompts, 16, 16, 16, generator=torch.Generator().manual_seed(args.seed))
    real = np.stack([render(scene, e.looks, e.rng) for scene in scenes])
    through = e.through(real)
    latents, made = e.generate(captions, noise, args.steps, distilled=not args.undistilled)
    report = dict(prompts=args.prompts, steps=args.steps, guidance=args.guidance, distilled=not args.undistilled, example=captions[:5])
    name = f"{args.run}/evaluation-{args.steps}{'-undistilled' if args.undistilled else ''}{'-looks' if args.copied_looks else ''}.json"
    if not args.copied_looks:
        report.update(by_the_judges(e, scenes, real, through, made))
    if not args.quick:
        report["copied looks"] = copied_looks(e, scenes, made, through)
    if not args.quick and not args.copied_looks:
        report.update(at_length(e, scenes, captions, noise, real, latents))
    print(json.dumps(report, indent=1))
    Path(name).write_text(json.dumps(report, indent=1) + "\n")


def by_the_judges(e, scenes, real, through, made):
    args, report = e.args, dict(generated=e.score(scenes, made), real=e.score(scenes, real))
    if e.style_judge is not None:
        report["style by its judge"] = {name: styles(e, scenes, pictures) for name, pictures in
                                        (("generated", made), ("real", real), ("real through the autoencoder", through))}
    machine.save_sheet(made[:64], f"{args.run}/held-out.png")
    unseen = [sprite_scene(e.pack, e.vocabulary, e.rng, [UNSEEN_SET]) for _ in range(500)]
    _, scores = e.judged(np.stack([pixels for pixels, _ in unseen]))
    ranks = scores["object"].topk(5, 1).indices == torch.tensor([known["object"] for _, known in unseen])[:, None]
    report["judge on sprites of a set that it never saw"] = {"object top-1": share(ranks[:, 0]), "object top-5": share(ranks.any(1))}
    others = [e.sampler.draw(held_out=True) for _ in range(2 * args.prompts)]
    features = e.judged(np.stack([render(scene, e.looks, e.rng) for scene in others]))[0]
    first, second = features[: args.prompts], features[args.prompts :]
    report["Frechet"] = {"generated": frechet(e.judged(made)[0], first), "real": frechet(second, first), "real through the autoencoder": frechet(e.judged(through)[0], first)}
    return report


def styles(e, scenes, pictures):
    """Shares of pictures of each style that show it, and how many of each (row) were taken for each (column)."""
    asked = torch.tensor([STYLES.index(scene.style) for scene in scenes])
    table = confusion(asked, styles_seen(e.style_judge, pictures))
    right = (table.diag() / table.sum(1)).tolist()
    return dict(all=round(float(table.diag().sum() / table.sum()), 4), **{style: round(value, 4) for style, value in zip(STYLES, right)}, confusion=table.tolist())


def copied_looks(e, scenes, made, through):
    cut = lambda scenes, pictures: [thing for scene, pixels in zip(scenes, pictures) for thing in copies.things(scene, pixels)]
    other = e.through(copies.drawings_of_other_sets(e.pack, e.vocabulary, np.random.default_rng(13), len(scenes)))
    whole = [(0, 0, other.shape[2], other.shape[1])]
    return copies.report(
        copies.Drawings(e.looks, len(e.vocabulary)), cut(scenes, made), cut(scenes, through), [thing for pixels in other for thing in copies.cut_all(pixels, whole)])


def at_length(e, scenes, captions, noise, real, latents):
    args, report = e.args, {}
    # The floor: how far apart two real renderings of the same composition are. Nearer than its 25th percentile counts as a copy.
    again = [e.encoded(np.stack([render(scene, e.looks, e.rng) for scene in scenes])) for _ in range(3)]
    floor = distance(again[0], again[1])
    threshold = float(floor.quantile(0.25))
    shards = sorted((Path(args.run) / "scenes").glob("*.npz"))
    if not shards:
        raise SystemExit(f"{args.run}/scenes is empty: encode_scenes makes the training pictures again that copies are looked for in; or ask for --quick.")
    near, near_real = nearest(latents, shards), nearest(again[0], shards)
    own = torch.stack([distance(latents, other) for other in again]).min(0).values
    report["copies"] = {
        "threshold": threshold, "training pictures": sum(len(read_shard(path)[1]) for path in shards), "generated that are copies": share(near < threshold),
        "real that count as copies": share(near_real < threshold), "median distance of generated to nearest training picture": float(near.median()),
        "median distance of real to nearest training picture": float(near_real.median()),
        "median distance of generated to a real rendering of the same composition": float(own.median()),
        "median distance of two real renderings of the same composition": float(floor.median())}

    few = min(100, args.prompts)
    plain, _ = e.generate(captions[:few], noise[:few], 4)
    other, _ = e.generate(captions[:few], torch.randn(few, 16, 16, 16, generator=torch.Generator().manual_seed(99)), 4)
    report["seeds"] = {"median distance of two seeds of one prompt": float(distance(plain, other).median()),
                       "median distance of two prompts": float(distance(plain, plain.roll(1, 0)).median())}
    report["interpolation"] = interpolation(e, captions, noise)
    report["image to image"] = image_to_image(e, scenes, captions, noise, real)
    return report


@torch.no_grad()
def interpolation(e, captions, noise, pairs=8, parts=16):
    """The largest of 16 steps between two prompts, and between two seeds, as a multiple of the mean step: 1 is perfectly even."""
    device, result = machine.device(), {}
    uneven = {"prompts": [], "seeds": []}
    for i in range(pairs):
        ids = torch.tensor([e.tokenizer(captions[2 * i]), e.tokenizer(captions[2 * i + 1])], device=device)
        states, pooled = e.text(ids)
        share_of_second = torch.linspace(0, 1, parts + 1, device=device)
        mix = lambda a, b: a + (b - a) * share_of_second.view(-1, *[1] * a.dim())
        one = noise[2 * i : 2 * i + 1].to(device).expand(parts + 1, -1, -1, -1)
        angle = share_of_second.view(-1, 1, 1, 1) * np.pi / 2
        turned = angle.cos() * noise[2 * i].to(device) + angle.sin() * noise[2 * i + 1].to(device)
        for name, text, z in (("prompts", (mix(states[0], states[1]), mix(pooled[0], pooled[1])), one),
                              ("seeds", (states[:1].expand(parts + 1, -1, -1), pooled[:1].expand(parts + 1, -1)), turned)):
            path = flow.sample(lambda _: text, e.transformer, ids[:1].expand(parts + 1, -1), 4, e.args.guidance, z)
            steps = distance(path[1:], path[:-1])
            uneven[name].append(float(steps.max() / steps.mean()))
    for name, values in uneven.items():
        result[f"largest step between {name}, as a multiple of the mean step (median of {pairs})"] = float(np.median(values))
    return result


@torch.no_grad()
def image_to_image(e, scenes, captions, noise, real, most=64):
    """Distance to the given picture when the walk starts at each of the four steps, with the picture's own prompt."""
    few = min(most, len(captions))
    given = e.encoded(real[:few]).to(machine.device())
    ids = torch.tensor([e.tokenizer(caption) for caption in captions[:few]], device=machine.device())
    result = {}
    for start in range(4):
        z = flow.sample(e.text, e.transformer, ids, 4, e.args.guidance, noise[:few].to(machine.device()), True, start, given)
        result[f"strength {1 - start / 4:g}: median distance to the given picture"] = float(distance(z, given).median())
    return result


if __name__ == "__main__":
    main()
