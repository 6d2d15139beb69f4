"""ONNX networks: made, or converted from TFLite networks of a few kinds of layers."""

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.interpreter import OpResolverType as Kernels
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 9  # old enough for every ONNX Runtime that is allowed


def as_bytes(nodes, inputs, outputs, constants=()):
    """A network; ``inputs`` and ``outputs`` are names, types and shapes, ``constants`` names and arrays."""
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR).SerializeToString()


def made_onnx(labels, window=800, shape=None, kind=TensorProto.FLOAT, node="Sigmoid"):
    """A network like that of `made_networks`: the power of a window, weighed for each label; scores by default."""
    weights = np.linspace(-1, 1, labels, dtype=np.float32).reshape(1, labels)
    bias = np.linspace(-4, 2, labels, dtype=np.float32)
    nodes = [
        helper.make_node("Mul", ["samples", "samples"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["power"], axes=[1], keepdims=1),
        helper.make_node("Gemm", ["power", "weights", "bias"], ["logits"]),
        helper.make_node(node, ["logits"], ["scores"]),
    ]
    inputs = [("samples", kind, shape or [1, window])]
    return as_bytes(nodes, inputs, [("scores", kind, [1, labels])], [("weights", weights), ("bias", bias)])


def converted(content):
    """The ONNX twin of a TFLite network of convolutions, poolings and dense layers, by its operators.

    ONNX has channels before places, TFLite after them: images are turned around each operator on them.
    """
    interpreter = Interpreter(
        model_content=content, experimental_op_resolver_type=Kernels.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    interpreter.allocate_tensors()
    details = {one["index"]: one for one in interpreter.get_tensor_details()}
    nodes, constants = [], []

    def name(number):
        return f"t{number}"

    def constant(label, array):
        constants.append((label, array))
        return label

    for operator in interpreter._get_ops_details():
        kind, reads, (written,) = operator["op_name"], list(operator["inputs"]), operator["outputs"]
        first, result = name(reads[0]), name(written)
        shape, given = details[written]["shape"], details[reads[0]]["shape"]
        if kind == "RESHAPE":
            nodes.append(
                helper.make_node("Reshape", [first, constant(f"s{written}", shape.astype(np.int64))], [result])
            )
        elif kind == "FULLY_CONNECTED":
            weights, bias = (interpreter.get_tensor(number) for number in reads[1:])
            own = [first, constant(f"w{written}", weights), constant(f"b{written}", bias)]
            nodes.append(helper.make_node("Gemm", own, [f"g{written}"], transB=1))
            nodes.append(helper.make_node("Relu", [f"g{written}"], [result]))
        elif kind == "SOFTMAX":
            nodes.append(helper.make_node("Softmax", [first], [result], axis=-1))
        elif kind in ("CONV_2D", "MAX_POOL_2D"):
            nodes.append(helper.make_node("Transpose", [first], [f"a{written}"], perm=[0, 3, 1, 2]))
            if kind == "CONV_2D":
                weights, bias = (interpreter.get_tensor(number) for number in reads[1:])
                own = constant(f"w{written}", weights.transpose(0, 3, 1, 2)), constant(f"b{written}", bias)
                nodes.append(helper.make_node("Conv", [f"a{written}", *own], [f"c{written}"]))
                nodes.append(helper.make_node("Relu", [f"c{written}"], [f"p{written}"]))
            else:
                size = [1, int(given[2] // shape[2])]
                pool = helper.make_node("MaxPool", [f"a{written}"], [f"p{written}"], kernel_shape=size, strides=size)
                nodes.append(pool)
            nodes.append(helper.make_node("Transpose", [f"p{written}"], [result], perm=[0, 2, 3, 1]))
        else:
            raise NotImplementedError(kind)
    _drop_last_relu(nodes)
    ends = [
        [(name(one["index"]), TensorProto.FLOAT, one["shape"].tolist()) for one in some]
        for some in (interpreter.get_input_details(), interpreter.get_output_details())
    ]
    made = as_bytes(nodes, *ends, constants)
    onnx.checker.check_model(onnx.load_from_string(made))
    return made


def _drop_last_relu(nodes):
    """The layer in front of softmax has no activation."""
    (last,) = [node for node in nodes if node.op_type == "Softmax"]
    (before,) = [node for node in nodes if list(node.output) == list(last.input)]
    before.op_type = "Identity"
