"""
Weights between training and export. They are stored as int8 with one scale for each output, and the training code computes with exactly the numbers
that are stored, so what is measured is what ships. The shipped graphs are also the checkpoint: `load_exported` reads them back.
"""
import hashlib

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

SMALLEST = 4096  # numbers; smaller tensors stay float32


def is_stored_as_int8(tensor):
    return tensor.ndim >= 2 and tensor.numel() >= SMALLEST and tensor.is_floating_point()


def rounded(tensor):
    """The tensor as int8 x scale, one scale for each row (output)."""
    rows = tensor.detach().float().flatten(1)
    scale = rows.abs().max(1, keepdim=True).values.clamp(min=1e-12) / 127
    return ((rows / scale).round() * scale).view_as(tensor)


def round_model(model):
    with torch.no_grad():
        for tensor in model.parameters():
            if is_stored_as_int8(tensor):
                tensor.copy_(rounded(tensor))


def name_initializers(graph, model, prefix):
    """The exporter folds and transposes some weights and renames them; gives every tensor its name in the training code again (`.T` if transposed)."""
    known = {}
    for name, tensor in {**dict(model.named_parameters()), **dict(model.named_buffers())}.items():
        array = tensor.detach().cpu().numpy()
        known[_print(array)] = f"{prefix}.{name}"
        if array.ndim == 2:
            known.setdefault(_print(array.T), f"{prefix}.{name}.T")
        elif array.ndim == 1:  # folded into the shape in which it is used
            known.setdefault(_print(array[:, None, None]), f"{prefix}.{name}")
    renamed = {}
    for tensor in graph.initializer:
        name = known.get(_print(numpy_helper.to_array(tensor)))
        if name and name not in renamed.values():
            renamed[tensor.name] = name
            tensor.name = name
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)


def store_as_int8(graph):
    """Replaces large float initializers by int8, Cast and Mul; ONNX Runtime folds them when a session is made."""
    kept, nodes = [], []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.ndim < 2 or weights.size < SMALLEST:
            kept.append(tensor)
            continue
        transposed = tensor.name.endswith(".T")
        axes = (0,) if transposed else tuple(range(1, weights.ndim))
        scale = (np.abs(weights).max(axes, keepdims=True) / 127).clip(1e-12).astype(np.float32)
        kept += [numpy_helper.from_array(np.round(weights / scale).astype(np.int8), tensor.name + ":int8"), numpy_helper.from_array(scale, tensor.name + ":scale")]
        nodes += [
            helper.make_node("Cast", [tensor.name + ":int8"], [tensor.name + ":float"], to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [tensor.name + ":float", tensor.name + ":scale"], [tensor.name])]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + rest)


def load_exported(path, prefix, model):
    """Fills a model from an exported graph. Tensors that the graph lacks must be ones that it does not need."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    weights = {}
    for name, array in stored.items():
        if name.endswith(":scale"):
            continue
        if name.endswith(":int8"):
            name = name[: -len(":int8")]
            array = array.astype(np.float32) * stored[name + ":scale"]
        if name.endswith(".T"):
            name, array = name[:-2], array.T
        if name.startswith(prefix + "."):
            weights[name[len(prefix) + 1 :]] = torch.from_numpy(np.array(array))
    for name, tensor in model.state_dict().items():
        if name in weights:
            weights[name] = weights[name].reshape(tensor.shape)
    missing = [name for name, _ in model.named_parameters() if name not in weights]
    model.load_state_dict(weights, strict=False)
    return missing


def _print(array):
    return array.shape, hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
