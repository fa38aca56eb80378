"""
The two classifiers that score, as they lie in the repository: weights of two and more dimensions as float16, so that anybody who clones it scores with the
same ones. `python3 -m sticker.judges --run RUN` writes what a run trained to that folder; `evaluate` reads nothing else.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

from . import machine
from .judge import Judge
from .sprites import read_vocabulary
from .style_judge import StyleJudge

FOLDER = Path(__file__).parent.parent / "judges"
FILES = {"judge": "judge.npz", "style": "style.npz"}


def write(state, path):
    """A state dict; small tensors (biases and what normalisation has measured) keep their float32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{name: (tensor.half() if tensor.ndim >= 2 else tensor).numpy() for name, tensor in state.items()})


def read(model, path):
    with np.load(path) as stored:
        model.load_state_dict({name: torch.from_numpy(stored[name].astype(np.float32) if stored[name].dtype == np.float16 else stored[name]) for name in stored.files})
    return model.to(machine.device()).eval()


def load(folder=FOLDER):
    """The judge of everything, and the judge of style or None where its weights are not in the folder."""
    style = Path(folder) / FILES["style"]
    return read(Judge(len(read_vocabulary())), Path(folder) / FILES["judge"]), read(StyleJudge(), style) if style.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    args = parser.parse_args()
    for name, file in FILES.items():
        if (Path(args.run) / f"{name}.pt").exists():
            write(torch.load(Path(args.run) / f"{name}.pt", map_location="cpu")["model"], args.folder / file)
            print(f"{args.folder / file}: {(args.folder / file).stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
