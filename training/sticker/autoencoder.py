"""The autoencoder: 128 x 128 pixels to 16 x 16 cells of 16 numbers and back."""
import torch
import torch.nn as nn
import torch.nn.functional as F

CHANNELS, CELLS = 16, 16


class Residual(nn.Module):
    # Nothing here looks at the whole picture (no group norm): a cell means the same in a crop, in a scene and in a picture of another size.
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        return x + self.second(F.silu(self.first(F.silu(x))))


class Enlarge(nn.Sequential):
    def __init__(self, width, narrower):
        super().__init__(nn.Conv2d(width, 4 * narrower, 1), nn.PixelShuffle(2))


class Autoencoder(nn.Module):
    def __init__(self, encoder_width=96, decoder_widths=(128, 64, 32), decoder_depths=(4, 3, 2)):
        super().__init__()
        wide, middle, narrow = decoder_widths
        deep = [[Residual(width) for _ in range(depth)] for width, depth in zip(decoder_widths, decoder_depths)]
        self.encoder = nn.Sequential(
            nn.Conv2d(192, encoder_width, 1), Residual(encoder_width), Residual(encoder_width), nn.SiLU(), nn.Conv2d(encoder_width, CHANNELS, 1))
        self.decoder = nn.Sequential(
            nn.Conv2d(CHANNELS, wide, 3, padding=1), *deep[0],
            Enlarge(wide, middle), *deep[1],
            Enlarge(middle, narrow), *deep[2], nn.SiLU(), nn.Conv2d(narrow, 12, 3, padding=1))
        # Latents have mean 0 and variance 1 in every channel; training keeps these numbers up to date.
        self.register_buffer("mean", torch.zeros(CHANNELS))
        self.register_buffer("std", torch.ones(CHANNELS))

    def raw(self, pixels):
        return self.encoder(F.pixel_unshuffle(pixels, 8))

    def encode(self, pixels):
        """[B,3,H,W] in -1..1 to latents [B,16,H/8,W/8]."""
        return (self.raw(pixels) - self.mean[:, None, None]) / self.std[:, None, None]

    def decode(self, latents):
        """Latents to pixels in about -1..1."""
        return F.pixel_shuffle(self.decoder(latents), 2)
