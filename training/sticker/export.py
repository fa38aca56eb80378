"""Writes the model folder: four ONNX graphs, tokenizer, scheduler; and the fixture with which the C# tests compare themselves to this framework."""
import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn

from . import flow, machine, weights
from .encode_scenes import load_autoencoder
from .tokens import LENGTH, Tokenizer
from .train_flow import new_models

PROMPTS = ["a red apple, 3d style", "a blue car on a yellow background, flat style", "two cats, sticker style", "a house, pixel art"]


class EncodeText(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.register_buffer("table", weights.rounded(encoder.table()))

    def forward(self, input_ids):
        return self.encoder(input_ids, self.table)


class Encode(nn.Module):
    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, sample):
        return self.autoencoder.encode(sample)


class Decode(Encode):
    def forward(self, latent_sample):
        return self.autoencoder.decode(latent_sample)


def load(pack, run):
    """Text encoder, distilled transformer and autoencoder of a run, with the int8 weights that ship."""
    models = new_models(pack)
    models.load_state_dict(torch.load(Path(run) / "student.pt", map_location=machine.device())["average"])
    autoencoder = load_autoencoder(run)
    text = EncodeText(models["text"])
    for model in (models["text"], models["transformer"], autoencoder):
        weights.round_model(model)
    return text.eval().to(machine.device()), models["transformer"].eval(), autoencoder.eval()


def export(text, transformer, autoencoder, folder):
    batch, width = 2, text.table.shape[1]
    one, latent = torch.ones(batch), torch.randn(batch, 16, 16, 16)
    graphs = {
        "text_encoder": (text, "text", (torch.randint(0, 1000, (batch, LENGTH)),), ["input_ids"], ["last_hidden_state", "pooler_output"]),
        "transformer": (
            transformer, "transformer", (latent, one * 500, torch.randn(batch, LENGTH, width), torch.randn(batch, width), one * 3, one),
            ["hidden_states", "timestep", "encoder_hidden_states", "pooled_projections", "guidance", "step"], ["out_hidden_states"]),
        "vae_decoder": (Decode(autoencoder), "decoder", (latent,), ["latent_sample"], ["sample"]),
        "vae_encoder": (Encode(autoencoder), "encoder", (torch.rand(batch, 3, 128, 128) * 2 - 1,), ["sample"], ["latent_sample"]),
    }
    for name, (model, prefix, example, inputs, outputs) in graphs.items():
        path = Path(folder) / name / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        options = dict(dynamo=False) if int(torch.__version__.split(".")[0]) >= 2 else {}
        torch.onnx.export(
            model.cpu(), example, str(path), input_names=inputs, output_names=outputs, opset_version=16,
            dynamic_axes={each: {0: "batch"} for each in inputs + outputs}, **options)
        graph = onnx.load(str(path))
        weights.name_initializers(graph.graph, model, prefix)
        weights.store_as_int8(graph.graph)
        onnx.checker.check_model(graph)
        onnx.save(graph, str(path))
        print(f"{name}: {path.stat().st_size / 2**20:.2f} MiB")


def golden_noise(picture):
    """The noise of the fixture, from a formula that any language can compute."""
    i = np.arange(picture * 4096, (picture + 1) * 4096, dtype=np.float64)
    return torch.from_numpy((1.2 * np.sin(0.7 * i + 0.3) + 0.9 * np.cos(2.3 * i)).astype(np.float32)).view(16, 16, 16)


def golden_picture():
    """A picture for the encoder, from a formula: [3,128,128] in -1..1."""
    c, y, x = np.meshgrid(np.arange(3), np.arange(128), np.arange(128), indexing="ij")
    return torch.from_numpy((0.8 * np.sin(0.05 * x + 0.09 * y + 2.0 * c)).astype(np.float32))


@torch.no_grad()
def golden(text, transformer, autoencoder, tokenizer, path, steps=4, guidance=2.0):
    ids = torch.tensor([tokenizer(prompt) for prompt in PROMPTS])
    noise = torch.stack([golden_noise(i) for i in range(len(PROMPTS))])
    _, pooled = text(ids)
    latents = flow.sample(lambda ids: text(ids.long()), transformer, ids, steps, guidance, noise)
    pictures = autoencoder.decode(latents)
    encoded = autoencoder.encode(golden_picture()[None])[0]
    numbers = lambda x: [round(float(value), 6) for value in x.flatten()]
    Path(path).write_text(json.dumps({
        "made_with": f"torch {torch.__version__}, float32, {torch.get_num_threads()} CPU thread",
        "noise": "picture p, number i of 4096: 1.2 sin(0.7 j + 0.3) + 0.9 cos(2.3 j), j = 4096 p + i",
        "picture": "channel c, row y, column x: 0.8 sin(0.05 x + 0.09 y + 2 c)",
        "tolerance": 1e-3,
        "steps": steps, "guidance": guidance, "sigmas": numbers(flow.shifted(torch.linspace(1, 0, steps + 1))),
        "prompts": PROMPTS, "input_ids": ids.tolist(), "pooler_output": [numbers(row) for row in pooled],
        "final_latent": [numbers(row) for row in latents],
        "image_first_row_red": [numbers(picture[0, 0]) for picture in pictures],
        "image_middle_row_red": [numbers(picture[0, 64]) for picture in pictures],
        "encoded_picture": numbers(encoded),
    }) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--model", required=True, help="the model folder to write")
    parser.add_argument("--golden", required=True, help="the fixture to write")
    args = parser.parse_args()
    torch.manual_seed(7)
    torch.set_num_threads(1)
    text, transformer, autoencoder = (model.cpu() for model in load(args.pack, args.run))
    folder = Path(args.model)
    export(text, transformer, autoencoder, folder)
    (folder / "tokenizer").mkdir(exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(f"{args.pack}/{name}", folder / "tokenizer" / name)
    (folder / "scheduler").mkdir(exist_ok=True)
    (folder / "scheduler" / "scheduler_config.json").write_text(
        f'{{ "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": {flow.SHIFT}, "use_dynamic_shifting": false }}\n')
    golden(text, transformer, autoencoder, Tokenizer(args.pack), args.golden)


if __name__ == "__main__":
    main()
