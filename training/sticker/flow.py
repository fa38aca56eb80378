"""Rectified flow: z(t) = (1 - t) clean + t noise, velocity = noise - clean; the schedule is that of src/Inference/Sampling/RectifiedFlow.cs."""
import torch

from .tokens import END, LENGTH, START

SHIFT = 1.5
NO_PROMPT = ([START] + [END] * LENGTH)[:LENGTH]


def shifted(u):
    return SHIFT * u / (1 + (SHIFT - 1) * u)


def noised(clean, noise, t):
    t = t[:, None, None, None]
    return (1 - t) * clean + t * noise


def guided_velocity(transformer, z, t, text, no_text, scale):
    """Classifier-free guidance: two plain velocities in one batch. text and no_text are pairs (states, pooled); scale is [B]."""
    zero = torch.zeros(2 * len(z), device=z.device)
    both = transformer(
        torch.cat([z, z]), torch.cat([t, t]) * 1000, torch.cat([text[0], no_text[0]]), torch.cat([text[1], no_text[1]]), zero, zero)
    with_text, without = both.float().chunk(2)
    return without + scale[:, None, None, None] * (with_text - without)


@torch.no_grad()
def sample(text_encoder, transformer, ids, steps, guidance, noise, distilled=True, start=0, latents=None):
    """Latents for prompts. With `latents` and start > 0 the walk begins at that step of the schedule, from the noised latents."""
    device = noise.device
    text = text_encoder(ids)
    no_text = text_encoder(torch.tensor([NO_PROMPT], device=device).expand(len(ids), -1))
    sigmas = shifted(torch.linspace(1, 0, steps + 1)).tolist()
    ones = torch.ones(len(ids), device=device)
    z = noise if latents is None else noised(latents, noise, ones * sigmas[start])
    for sigma, following in zip(sigmas[start:], sigmas[start + 1 :]):
        t, scale = ones * sigma, ones * guidance
        if distilled:
            v = transformer(z, t * 1000, *text, scale, ones * 4 * (sigma - following))
        else:
            v = guided_velocity(transformer, z, t, text, no_text, scale)
        z = z + (following - sigma) * v.float()
    return z
