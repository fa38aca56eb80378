"""The text encoder: token ids to a state for every token and one vector for the whole prompt."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .tokens import END, LENGTH, START, VOCABULARY


def attention(query, key, value, mask=None):
    # Written out: this form is the same in torch 1.13, torch 2 and the exported graph.
    weights = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    if mask is not None:
        weights = weights + mask
    return weights.softmax(-1) @ value


def heads(x, count):
    batch, tokens, width = x.shape
    return x.view(batch, tokens, count, width // count).transpose(1, 2)


def joined(x):
    batch, count, tokens, width = x.shape
    return x.transpose(1, 2).reshape(batch, tokens, count * width)


class TextBlock(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        y = self.norm_attention(x)
        y = attention(*(heads(part(y), self.head_count) for part in (self.query, self.key, self.value)), mask)
        x = x + self.out(joined(y))
        return x + self.narrow(F.relu(self.widen(self.norm_mlp(x))).square())


class TextEncoder(nn.Module):
    """
    A causal transformer over word vectors. Tokens begin as GloVe vectors, so a word that no caption has still starts near its neighbours; `learned`
    is what training adds. The prompt's vector is the state at the first end token plus the mean of the words: the words alone already say most.
    """

    def __init__(self, glove=None, width=256, depth=2, head_count=4):
        super().__init__()
        self.register_buffer("glove", torch.zeros(VOCABULARY, 100) if glove is None else glove)
        self.project = nn.Linear(100, width)
        self.learned = nn.Embedding(VOCABULARY, width)
        nn.init.zeros_(self.learned.weight)
        self.position = nn.Parameter(torch.randn(LENGTH, width) * 0.02)
        self.blocks = nn.ModuleList(TextBlock(width, head_count) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.words = nn.Linear(width, width)
        self.register_buffer("causal", torch.full((LENGTH, LENGTH), -1e4).triu(1), persistent=False)

    def table(self):
        """The vectors of all tokens, for the exported graph."""
        return self.project(self.glove) + self.learned.weight

    def forward(self, ids, table=None):
        """ids int64 [B,32] to states [B,32,width] and pooled [B,width]."""
        vectors = F.embedding(ids, table) if table is not None else self.project(self.glove[ids]) + self.learned(ids)
        x = vectors + self.position
        for block in self.blocks:
            x = block(x, self.causal)
        x = self.norm(x)
        is_end = (ids == END).to(torch.int64)
        first_end = (is_end * (is_end.cumsum(1) == 1).to(torch.int64)).to(x.dtype)[..., None]
        is_word = ((ids != END) & (ids != START)).to(x.dtype)[:, None]
        # A product and not a sum over an axis: ONNX Runtime adds the latter up in another order for a batch of one, and a picture must not depend on its batch.
        mean = (is_word @ vectors).squeeze(1) / is_word.sum(2).clamp(min=1)
        return x, (x * first_end).sum(1) + self.words(mean)


def glove_vectors(pack):
    stored = np.load(f"{pack}/emb.npz")
    return torch.from_numpy(stored["q"].astype(np.float32) * stored["scale"][:, None])
