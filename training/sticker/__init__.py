"""Vitrine Sticker: a small text-to-image model, trained in the open. See ../README.md."""
