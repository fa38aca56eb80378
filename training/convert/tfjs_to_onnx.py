#!/usr/bin/env python3
"""Converts a TensorFlow.js model to ONNX (opset 13, channels first): python3 tfjs_to_onnx.py FOLDER OUT.onnx [--keep-uint8]

FOLDER holds model.json and its weight files. Both forms are read: Keras layers ('layers-model') and frozen graphs ('graph-model'), as far as the
models in ../../models need them; anything else stops the program by name. The same input gives the same bytes.

--keep-uint8 stores large weights as they are in the package (one byte, scale and offset); ONNX Runtime turns them into floats once, when it opens
the graph. The numbers are the same either way.
"""
import argparse
import base64
import json
import pathlib
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 13, 7
SMALLEST_KEPT_UINT8 = 1024  # Numbers; below this three nodes cost more than they save.

# TensorFlow keeps kernels as [height, width, in, out]; ONNX wants [out, in, height, width].
KERNEL_TO_ONNX = (3, 2, 0, 1)
# A depthwise kernel is [height, width, channels, multiplier]; to ONNX it is a convolution of `channels` groups.
DEPTHWISE_TO_ONNX = (2, 3, 0, 1)
PICTURE_TO_ONNX = (0, 3, 1, 2)


@dataclass
class Weight:
    """The numbers of a weight; `stored` are its bytes as shipped, where it was quantised to uint8."""

    values: np.ndarray
    stored: np.ndarray | None = None
    scale: float = 1.0
    offset: float = 0.0


def read_weights(folder, manifest):
    weights = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        position = 0
        for entry in group["weights"]:
            shape, quantised = entry["shape"], entry.get("quantization")
            dtype = np.dtype(quantised["dtype"] if quantised else {"float32": "<f4", "int32": "<i4"}[entry["dtype"]])
            stored = np.frombuffer(data, dtype, int(np.prod(shape)), position).reshape(shape)
            position += stored.nbytes
            if quantised and dtype == np.uint8:
                scale, offset = quantised["scale"], quantised["min"]
                weights[entry["name"]] = Weight(stored.astype(np.float32) * np.float32(scale) + np.float32(offset), stored, scale, offset)
            elif quantised:
                raise SystemExit(f"{entry['name']}: weights stored as {dtype} are not known here")
            else:
                weights[entry["name"]] = Weight(stored)
        if position != len(data):
            raise SystemExit(f"{group['paths']}: {len(data)} bytes, of which the manifest names {position}")
    return weights


class Graph:
    """Collects nodes and constants; every method returns the name of what it made."""

    def __init__(self, weights, keep_uint8):
        self.weights, self.keep_uint8 = weights, keep_uint8
        self.nodes, self.constants, self.made = [], [], set()

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"{name}_{kind}", **attributes))
        return name

    def constant(self, name, values):
        if name not in self.made:
            self.made.add(name)
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, source, name=None, axes=None, shape=None):
        """A weight of the package under `name`, its axes permuted and then reshaped."""
        name = name or source
        if name in self.made:
            return name

        def arranged(values):
            values = values.transpose(axes) if axes else values
            return values.reshape(shape) if shape else values

        weight = self.weights[source]
        if not (self.keep_uint8 and weight.stored is not None and weight.values.size >= SMALLEST_KEPT_UINT8):
            return self.constant(name, arranged(weight.values).astype(np.float32))
        self.constant(f"{name}.q", arranged(weight.stored))
        self.constant(f"{name}.s", np.float32(weight.scale))
        self.constant(f"{name}.m", np.float32(weight.offset))
        self.made.add(name)
        self.node("Cast", [f"{name}.q"], f"{name}.c", to=TensorProto.FLOAT)
        self.node("Mul", [f"{name}.c", f"{name}.s"], f"{name}.x")
        return self.node("Add", [f"{name}.x", f"{name}.m"], name)

    def model(self, last, input_shape, output_shape):
        self.node("Identity", [last], "output")
        graph = helper.make_graph(
            self.nodes, "tfjs",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, output_shape)], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tfjs2onnx")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model


def padding(name):
    return {"auto_pad": "SAME_UPPER" if name.upper() == "SAME" else "VALID"}


def convert_layers(topology, graph):
    """A Keras model of convolutions, as the ESRGAN packages ship: pictures of any size in, larger pictures out."""
    config = topology["model_config"]["config"]
    made = {}
    for layer in config["layers"]:
        name, kind, of = layer["name"], layer["class_name"], layer["config"]
        inputs = [made[source[0]] for source in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        if kind == "InputLayer":
            made[name] = "input"
        elif kind == "Conv2D" and of["activation"] == "linear":
            operands = [inputs[0], graph.weight(f"{name}/kernel", f"{name}/kernel.oihw", KERNEL_TO_ONNX)]
            if of["use_bias"]:
                operands.append(graph.weight(f"{name}/bias"))
            made[name] = graph.node("Conv", operands, name, strides=of["strides"], dilations=of["dilation_rate"],
                                    kernel_shape=of["kernel_size"], **padding(of["padding"]))
        elif kind == "Activation" and of["activation"] == "relu":
            made[name] = graph.node("Relu", inputs, f"{name}.act")
        elif kind == "Concatenate" and of["axis"] in (-1, 3):
            made[name] = graph.node("Concat", inputs, name, axis=1)
        elif kind == "Add":
            sum_so_far = inputs[0]
            for i, addend in enumerate(inputs[1:]):
                last = i == len(inputs) - 2
                sum_so_far = graph.node("Add", [sum_so_far, addend], name if last else f"{name}.{i}")
            made[name] = sum_so_far
        elif kind == "UpSampling2D":
            scales = graph.constant(f"{name}.sc", np.array([1, 1, *of["size"]], np.float32))
            made[name] = graph.node("Resize", [inputs[0], "", scales], name, mode="nearest" if of["interpolation"] == "nearest" else "linear",
                                    coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        else:
            raise SystemExit(f"{name}: a layer {kind} of this form is not known here")
    return graph.model(made[config["output_layers"][0][0]], ["N", 3, "H", "W"], ["N", 3, "OH", "OW"])


def convert_frozen(topology, graph):
    """A frozen graph of one picture input and one row of probabilities, as nsfwjs ships."""
    made, input_shape, last = {}, None, None

    def operand(source):
        if source in made:
            return made[source]
        values = graph.weights[source].values.astype(np.float32)
        return graph.constant(source, values.transpose(PICTURE_TO_ONNX) if values.ndim == 4 else values)

    for node in topology["node"]:
        name, kind, attributes = node["name"], node["op"], node.get("attr", {})
        inputs = [source.split(":")[0] for source in node.get("input", []) if not source.startswith("^")]
        integers = lambda key: [int(value) for value in attributes[key]["list"]["i"]]
        fused = [base64.b64decode(text).decode() for text in attributes.get("fused_ops", {}).get("list", {}).get("s", [])]
        padded = lambda: padding(base64.b64decode(attributes["padding"]["s"]).decode())
        if kind == "Const":
            continue
        if kind == "Placeholder":
            side = [int(size["size"]) for size in attributes["shape"]["shape"]["dim"]]
            input_shape, made[name] = ["N", 3, side[1], side[2]], "input"
            continue
        if kind == "Identity":
            made[name] = last = operand(inputs[0])
            continue
        if kind in ("_FusedConv2D", "FusedDepthwiseConv2dNative"):
            depthwise = kind != "_FusedConv2D"
            height, width, channels, multiplier = graph.weights[inputs[1]].values.shape
            operands = [operand(inputs[0]),
                        graph.weight(inputs[1], f"{inputs[1]}.dw", DEPTHWISE_TO_ONNX, (channels * multiplier, 1, height, width)) if depthwise
                        else graph.weight(inputs[1], f"{inputs[1]}.oihw", KERNEL_TO_ONNX)]
            if "BiasAdd" in fused:
                operands.append(graph.weight(inputs[2]))
            last = graph.node("Conv", operands, name, strides=integers("strides")[1:3], kernel_shape=[height, width], **padded(),
                              **({"group": channels} if depthwise else {}))
        elif kind == "_FusedMatMul":
            last = graph.node("MatMul", [operand(inputs[0]), graph.weight(inputs[1], f"{inputs[1]}.w")], name)
            if "BiasAdd" in fused:
                last = graph.node("Add", [last, graph.weight(inputs[2])], f"{name}.b")
        elif kind in ("AddV2", "Mul", "Sub"):
            last = graph.node(kind.removesuffix("V2"), [operand(inputs[0]), operand(inputs[1])], name)
        elif kind == "AvgPool":
            last = graph.node("AveragePool", [operand(inputs[0])], name, kernel_shape=integers("ksize")[1:3], strides=integers("strides")[1:3], **padded())
        elif kind == "Squeeze":
            last = graph.node("Squeeze", [operand(inputs[0]), graph.constant(f"{name}.ax", np.array([2, 3], np.int64))], name)
        elif kind == "Softmax":
            last = graph.node("Softmax", [operand(inputs[0])], name, axis=-1)
        else:
            raise SystemExit(f"{name}: the operation {kind} is not known here")
        if "Relu6" in fused:
            last = graph.node("Clip", [last, graph.constant("zero", np.float32(0)), graph.constant("six", np.float32(6))], f"{name}.r6")
        elif set(fused) - {"BiasAdd"}:
            raise SystemExit(f"{name}: {fused} is not known here")
        made[name] = last
    return graph.model(last, input_shape, ["N", "C"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--keep-uint8", action="store_true")
    asked = arguments.parse_args()

    package = json.loads((asked.folder / "model.json").read_text())
    topology = package["modelTopology"]
    graph = Graph(read_weights(asked.folder, package["weightsManifest"]), asked.keep_uint8)
    model = convert_frozen(topology, graph) if "node" in topology else convert_layers(topology, graph)
    onnx.save(model, str(asked.out))
    numbers = sum(weight.values.size for weight in graph.weights.values())
    print(f"{asked.out}: {asked.out.stat().st_size} bytes, {len(graph.nodes)} nodes, {numbers} weights")


if __name__ == "__main__":
    main()
