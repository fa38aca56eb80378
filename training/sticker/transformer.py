"""The velocity transformer of the rectified flow, on patches of two by two latent cells."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from .autoencoder import CELLS, CHANNELS
from .text import attention, heads, joined

PATCH = 2
TOKENS = (CELLS // PATCH) ** 2
NUMBERS = CHANNELS * PATCH * PATCH  # in a patch
SMALLEST_TIME = 0.05


def normed(x):
    return F.layer_norm(x, (int(x.shape[-1]),))


def unit(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class Block(nn.Module):
    """Self-attention, attention to the prompt's tokens, and an MLP; time and prompt shift, scale and gate the first and the last."""

    def __init__(self, width, head_count, text_width):
        super().__init__()
        self.head_count = head_count
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.text_query, self.text_out = nn.Linear(width, width), nn.Linear(width, width)
        self.text_key, self.text_value = nn.Linear(text_width, width), nn.Linear(text_width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.modulate = nn.Linear(width, 6 * width)
        for layer in (self.text_out, self.modulate):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x, states, condition):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulate(condition)[:, None].chunk(6, -1)
        y = normed(x) * (1 + scale1) + shift1
        q, k, v = (heads(part(y), self.head_count) for part in (self.query, self.key, self.value))
        x = x + gate1 * self.out(joined(attention(unit(q), unit(k), v)))
        q = heads(self.text_query(normed(x)), self.head_count)
        k, v = heads(self.text_key(states), self.head_count), heads(self.text_value(states), self.head_count)
        x = x + self.text_out(joined(attention(q, k, v)))
        y = normed(x) * (1 + scale2) + shift2
        return x + gate2 * self.narrow(F.relu(self.widen(y)).square())


class Transformer(nn.Module):
    """
    Predicts the clean latent and returns the velocity that leads there: v = (z - clean) / t. Predicting the clean latent spares a small network from
    carrying noise through its layers (Li and He 2025, "Back to basics"). `canvas` guesses a whole latent from the prompt alone, at almost no cost: it
    is where the network keeps what a word usually looks like, and the blocks correct it.
    """

    def __init__(self, width=256, depth=6, head_count=4, text_width=256, canvas_width=768):
        super().__init__()
        self.width = width
        self.patch = nn.Linear(NUMBERS, width)
        self.canvas = nn.Sequential(
            nn.Linear(text_width, canvas_width), nn.SiLU(), nn.Linear(canvas_width, canvas_width), nn.SiLU(), nn.Linear(canvas_width, TOKENS * NUMBERS))
        self.canvas_patch = nn.Linear(NUMBERS, width)
        self.position = nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.time = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.prompt = nn.Linear(text_width, width)
        self.distilled = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList(Block(width, head_count, text_width) for _ in range(depth))
        self.last_modulate = nn.Linear(width, 2 * width)
        self.last = nn.Linear(width, NUMBERS)
        for layer in (self.canvas[-1], self.distilled[-1], self.last_modulate, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def canvas_patches(self, pooled_projections):
        """What the prompt alone suggests: [B,W] to patches of a clean latent, [B,64,64]."""
        return self.canvas(pooled_projections).view(-1, TOKENS, NUMBERS)

    def forward(self, hidden_states, timestep, encoder_hidden_states, pooled_projections, guidance, step):
        """
        hidden_states [B,16,16,16], timestep [B] in 0..1000, states [B,32,W], pooled [B,W] -> velocity [B,16,16,16].
        guidance [B] (1..6) and step [B] (4 x the Euler step) choose the distilled, guided velocity; both 0 the plain one.
        """
        t = timestep / 1000
        is_distilled = (guidance > 0).to(hidden_states.dtype)[:, None]
        scales = torch.cat([waves(guidance / 6, 128), waves(step / 4, 128)], 1)
        condition = F.silu(self.time(waves(t, 128)) + self.prompt(pooled_projections) + is_distilled * self.distilled(scales))
        canvas = self.canvas_patches(pooled_projections)
        x = self.patch(to_patches(hidden_states)) + self.canvas_patch(canvas) + self.position
        for block in self.blocks:
            x = block(x, encoder_hidden_states, condition)
        shift, scale = self.last_modulate(condition)[:, None].chunk(2, -1)
        clean = from_patches(canvas + self.last(normed(x) * (1 + scale) + shift))
        return (hidden_states - clean) / t.clamp(min=SMALLEST_TIME)[:, None, None, None]


def to_patches(z):
    """[B,16,16,16] to [B,64,64]: one row for each two by two cells."""
    return F.pixel_unshuffle(z, PATCH).flatten(2).transpose(1, 2)


def from_patches(x):
    side = CELLS // PATCH
    return F.pixel_shuffle(x.transpose(1, 2).reshape(-1, NUMBERS, side, side), PATCH)


def waves(value, width):
    """Sines and cosines of a number in 0..1 at frequencies from 1 to 1000."""
    frequencies = torch.exp(torch.linspace(0, math.log(1000.0), width // 2, device=value.device))
    angles = value[:, None].float() * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], 1)
