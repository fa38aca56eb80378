"""
Whether a generated picture shows a drawing that training showed. Whole pictures cannot tell: a drawing that was moved, enlarged or put on another background
is far from every training picture. So each thing on a picture is cut out and laid over every look of the training (noun, style, colour: 8,880 drawings), on the
picture's own background, at the place and in the size at which they agree best.

What a distance means is read off two controls: real renderings hold training drawings as they are and should nearly all be found; drawings of the same
nouns by sets that no scene is made of should not be.
"""
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .sprites import BACKGROUNDS, COLOURS, SIZE, STYLES

COARSE, FINE = 24, 48  # pixels of a side at which the looks are sifted, and at which the nearest are laid over the thing
SIFTED = 12  # looks that are compared at length
SCALES = [0.9, 0.94, 0.97, 1.0, 1.03, 1.06, 1.1]
SHIFT = 3  # pixels of FINE, each way
DIFFERS = 24  # levels of 255 by which a pixel of a thing differs from the background
SMALLEST = 8  # pixels; whatever has a smaller side is no drawing
FOUND = 0.95  # share of real renderings that the threshold finds
OTHER_SETS = ["emojione", "twemoji", "noto-v1"]  # the autoencoder saw them, no scene did


def boxes(scene):
    """Where the things of a scene are: left, top, right, bottom of each part of the picture."""
    half, quarter = SIZE // 2, SIZE // 4
    if len(scene.nouns) == 2 and scene.placement == "above":
        return [(0, 0, SIZE, half), (0, half, SIZE, SIZE)]
    if len(scene.nouns) == 2 or scene.count == 2:
        return [(0, 0, half, SIZE), (half, 0, SIZE, SIZE)]
    if scene.count == 3:
        return [(quarter, 0, SIZE - quarter, half), (0, half, half, SIZE), (half, half, SIZE, SIZE)]
    return [(0, 0, SIZE, SIZE)]


def background_of(pixels):
    """The median colour of the outermost four pixels."""
    edge = [pixels[:4], pixels[-4:], pixels[:, :4].transpose(1, 0, 2), pixels[:, -4:].transpose(1, 0, 2)]
    return np.median(np.concatenate([part.reshape(-1, 3) for part in edge]), 0)


def cut_out(part, background):
    """The smallest square about what is not background, on a larger square of background where it lies at the edge; None where there is nothing."""
    differs = np.abs(part.astype(np.float32) - background).max(2) > DIFFERS
    ys, xs = np.where(differs)
    if len(ys) == 0 or max(np.ptp(ys), np.ptp(xs)) + 1 < SMALLEST:
        return None
    side = max(np.ptp(ys), np.ptp(xs)) + 1
    y, x = (ys.min() + ys.max() + 1 - side) // 2, (xs.min() + xs.max() + 1 - side) // 2
    square = np.empty((side, side, 3), np.uint8)
    square[:] = background.round().astype(np.uint8)
    top, left, bottom, right = max(0, y), max(0, x), min(part.shape[0], y + side), min(part.shape[1], x + side)
    square[top - y : bottom - y, left - x : right - x] = part[top:bottom, left:right]
    return Image.fromarray(square)


def things(scene, pixels):
    """Every thing of a picture of a scene, as (square cut-out, background)."""
    return cut_all(pixels, boxes(scene))


def cut_all(pixels, boxes):
    background = background_of(pixels)
    cut = [cut_out(pixels[top:bottom, left:right], background) for left, top, right, bottom in boxes]
    return [(square, background) for square in cut if square is not None]


class Drawings:
    """All looks of the training, cut to their shape, as premultiplied colour and coverage."""

    def __init__(self, looks, nouns):
        self.names = [(noun, style, colour) for noun in range(nouns) for style in STYLES for colour in (None, *COLOURS)]
        self.sprites = [square_of(looks(*name)) for name in self.names]
        planes = torch.stack([planes_of(sprite, COARSE) for sprite in self.sprites]).flatten(2)
        self.colour, self.cover = planes[:, :3].transpose(0, 1).contiguous(), planes[:, 3].contiguous()  # [3,D,P], [D,P]

    def sift(self, things):
        """For each thing the looks whose shapes and colours agree best when both fill their squares: [N,SIFTED]."""
        error = torch.zeros(len(things), len(self.names))
        squares = torch.stack([planes_of(square, COARSE) for square, _ in things]).flatten(2)
        ground = torch.stack([torch.tensor(background / 255, dtype=torch.float32) for _, background in things])
        for c in range(3):  # |colour + (1 - cover) ground - thing|^2, multiplied out so that the looks are read once for all things
            g = ground[:, c, None]
            over = squares[:, c] - g
            colour, cover = self.colour[c], self.cover
            error += colour.pow(2).sum(1) - 2 * g * (colour * cover).sum(1) + g**2 * cover.pow(2).sum(1)
            error += -2 * over @ colour.T + 2 * g * (over @ cover.T) + over.pow(2).sum(1, keepdim=True)
        return error.topk(SIFTED, largest=False).indices.tolist()

    def nearest(self, square, background, sifted):
        """Root mean square difference (0..1), over what either covers, to the look that agrees best; and that look's name."""
        ground = torch.tensor(background / 255, dtype=torch.float32)[:, None, None]
        room = round(FINE * SCALES[-1])
        kernels = []
        for i in sifted:
            for scale in SCALES:
                side = round(FINE * scale)
                look = planes_of(self.sprites[i], side)
                before = (room - side) // 2
                kernels.append(F.pad(torch.cat([look[:3] - look[3] * ground, look[3:]]), [before, room - side - before] * 2))
        kernels = torch.stack(kernels)  # [K,4,room,room]: colour as a difference from the background, and coverage
        thing = planes_of(square, FINE) - ground
        shape = (thing.abs().amax(0, keepdim=True) > DIFFERS / 255).float()
        before = (room - FINE) // 2
        thing, shape = (F.pad(part, [before + SHIFT, room - FINE - before + SHIFT] * 2)[None] for part in (thing, shape))
        # Squares and overlaps at all places at once; outside both shapes both differences are nothing.
        squared = thing.pow(2).sum() + kernels[:, :3].pow(2).sum((1, 2, 3))[:, None, None] - 2 * F.conv2d(thing, kernels[:, :3])[0]
        covered = shape.sum() + kernels[:, 3].sum((1, 2))[:, None, None] - F.conv2d(shape, kernels[:, 3:])[0]
        error = (squared.clamp(min=0) / (3 * covered)).flatten(1).min(1).values
        best = int(error.argmin())
        return float(error[best]) ** 0.5, self.names[sifted[best // len(SCALES)]]

    @torch.no_grad()
    def distances(self, things):
        """The nearest look of every thing: distances [N] and names."""
        found = []
        for i in range(0, len(things), 64):
            some = things[i : i + 64]
            found += [self.nearest(*thing, sifted) for thing, sifted in zip(some, self.sift(some))]
        return torch.tensor([distance for distance, _ in found]), [name for _, name in found]


def planes_of(square, side):
    """Pixels as [channels,side,side] in 0..1."""
    return torch.from_numpy(np.asarray(square.resize((side, side), Image.BOX), np.float32).transpose(2, 0, 1) / 255)


def square_of(sprite):
    """An RGBA sprite, premultiplied and cut to a square about its shape."""
    rgba = np.asarray(sprite).astype(np.float32)
    rgba[..., :3] *= rgba[..., 3:] / 255
    ys, xs = np.where(rgba[..., 3] > 127)
    side = max(np.ptp(ys), np.ptp(xs)) + 1
    y, x = (ys.min() + ys.max() + 1 - side) // 2, (xs.min() + xs.max() + 1 - side) // 2
    square = np.zeros((side, side, 4), np.uint8)
    top, left, bottom, right = max(0, y), max(0, x), min(SIZE, y + side), min(SIZE, x + side)
    square[top - y : bottom - y, left - x : right - x] = rgba[top:bottom, left:right].round().astype(np.uint8)
    return Image.fromarray(square, "RGBA")


def drawings_of_other_sets(pack, vocabulary, rng, count):
    """Pictures of the vocabulary's nouns, drawn by sets that no scene is made of, on plain backgrounds: uint8 [count,128,128,3]."""
    pictures = []
    while len(pictures) < count:
        sprite = pack.find(OTHER_SETS[rng.integers(len(OTHER_SETS))], vocabulary[rng.integers(len(vocabulary))][0])
        if sprite is not None:
            side = int(SIZE * rng.uniform(0.87, 0.97))
            sprite = sprite.resize((side, side), Image.LANCZOS)
            canvas = Image.new("RGB", (SIZE, SIZE), list(BACKGROUNDS.values())[rng.integers(len(BACKGROUNDS))])
            canvas.paste(sprite, ((SIZE - side) // 2, (SIZE - side) // 2), sprite)
            pictures.append(np.asarray(canvas))
    return np.stack(pictures)


def report(drawings, generated, real, other):
    """The three lists of things (see `things`), real and other as they look through the autoencoder, against all looks."""
    (made, _), (known, _), (unknown, _) = (drawings.distances(some) for some in (generated, real, other))
    threshold = float(known.quantile(FOUND))
    share = lambda distances: float((distances <= threshold).double().mean())
    return {
        "looks": len(drawings.names), "threshold": threshold,
        "generated": dict(things=len(made), copies=share(made), median=float(made.median())),
        "real renderings, which are training drawings": dict(things=len(known), copies=share(known), median=float(known.median())),
        "drawings of the same nouns by other sets": dict(things=len(unknown), copies=share(unknown), median=float(unknown.median()))}
