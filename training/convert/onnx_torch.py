"""Runs the converted graphs with torch, so that measuring them needs no other runtime."""
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper


class Network:
    """One graph, one input, one output; knows the operations that tfjs_to_onnx.py writes."""

    def __init__(self, path):
        self.graph = onnx.load(str(path)).graph
        self.constants = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in self.graph.initializer}

    def __call__(self, picture):
        values = {**self.constants, "input": picture}
        for node in self.graph.node:
            attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
            values[node.output[0]] = self.run(node.op_type, [values[name] for name in node.input if name], attributes)
        return values["output"]

    def run(self, kind, inputs, attributes):
        if kind == "Conv":
            return convolve(*inputs, **attributes)
        if kind == "Relu":
            return inputs[0].relu()
        if kind == "Clip":
            return inputs[0].clamp(float(inputs[1]), float(inputs[2]))
        if kind == "Concat":
            return torch.cat(inputs, 1)
        if kind == "Add":
            return inputs[0] + inputs[1]
        if kind == "Sub":
            return inputs[0] - inputs[1]
        if kind == "Mul":
            return inputs[0] * inputs[1]
        if kind == "Cast":
            return inputs[0].float()
        if kind == "MatMul":
            return inputs[0] @ inputs[1]
        if kind == "Resize":
            return F.interpolate(inputs[0], scale_factor=float(inputs[1][2]), mode="nearest")
        if kind == "AveragePool":
            return F.avg_pool2d(inputs[0], attributes["kernel_shape"], attributes["strides"])
        if kind == "Squeeze":
            return inputs[0].flatten(1)
        if kind == "Softmax":
            return inputs[0].softmax(-1)
        if kind == "Identity":
            return inputs[0]
        raise SystemExit(f"{kind} is not known here")


def convolve(planes, kernel, bias=None, auto_pad=b"VALID", strides=(1, 1), dilations=(1, 1), kernel_shape=None, group=1):
    if auto_pad == b"SAME_UPPER":
        # As much as the last window needs; an odd pixel goes right and below.
        needed = [max(0, (-(-size // stride) - 1) * stride + side - size) for size, stride, side in zip(planes.shape[2:], strides, kernel_shape)]
        planes = F.pad(planes, [needed[1] // 2, needed[1] - needed[1] // 2, needed[0] // 2, needed[0] - needed[0] // 2])
    return F.conv2d(planes, kernel, bias, tuple(strides), 0, tuple(dilations), group)
