"""
Makes the checkpoints of a run from a shipped model folder: `student.pt` and `autoencoder.pt`, from which `evaluate`, `sheet` and `export` score, draw and
write exactly what ships, and `flow.pt`, from which training can go on where it ended.
"""
import argparse
from pathlib import Path

import torch

from . import machine, weights
from .autoencoder import Autoencoder
from .train_flow import new_models, optimizers, save


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    model, run = Path(args.model), Path(args.run)
    autoencoder, models = Autoencoder(), new_models(args.pack).cpu()
    weights.load_exported(model / "vae_encoder" / "model.onnx", "encoder.autoencoder", autoencoder)
    weights.load_exported(model / "vae_decoder" / "model.onnx", "decoder.autoencoder", autoencoder)
    weights.load_exported(model / "transformer" / "model.onnx", "transformer", models["transformer"])
    load_text_encoder(model / "text_encoder" / "model.onnx", models["text"])
    adam, muon = optimizers(models["text"], models["transformer"], 1e-3, 0.02)
    machine.save(dict(model=autoencoder.state_dict(), step=0), run / "autoencoder.pt")
    machine.save(dict(average=models.state_dict(), step=0), run / "student.pt")
    save(run / "flow.pt", models, models, adam, muon, step=0)
    (run / "decay").unlink(missing_ok=True)  # of another run in this folder; it would end this one's training as soon as it begins
    print(f"{run}/autoencoder.pt, {run}/student.pt and {run}/flow.pt")


def load_text_encoder(path, text):
    """The graph holds the finished table of token vectors; it becomes the learned part, and the projection of GloVe starts at zero."""
    weights.load_exported(path, "text.encoder", text)
    table = torch.nn.Module()
    table.table = torch.nn.Parameter(torch.zeros_like(text.learned.weight))
    weights.load_exported(path, "text", table)
    with torch.no_grad():
        text.learned.weight.copy_(table.table)
        text.project.weight.zero_()
        text.project.bias.zero_()


if __name__ == "__main__":
    main()
