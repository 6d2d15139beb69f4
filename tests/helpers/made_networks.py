"""Small TFLite networks that take samples: the power of a window, weighed for each label."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

KINDS, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
WINDOW = 144_000  # samples, as BirdNET's


def made_network(labels, activation=None, window=WINDOW, shape=None, power_output=False):
    """Content of a network whose outputs are logits, unless it has an activation of its own.

    Parameters
    ----------
    labels : int
        Number of scores.
    activation : str, optional
        ``sigmoid`` or ``softmax``.
    shape : tuple, optional
        Of the input; by default (1, window).
    power_output : bool
        Whether the power is an output as well, the second one.
    """
    shape = shape or (1, window)
    weights = np.linspace(-1, 1, labels, dtype=np.float32).reshape(labels, 1)
    bias = np.linspace(-4, 2, labels, dtype=np.float32)
    axes = np.arange(1, len(shape), dtype=np.int32)
    constants = [b"", axes.tobytes(), weights.tobytes(), bias.tobytes()]
    tensors = [
        _tensor("samples", shape),
        _tensor("squares", shape),
        _tensor("axes", axes.shape, 1, schema.TensorType.INT32),
        _tensor("power", (1, 1)),
        _tensor("weights", weights.shape, 2),
        _tensor("bias", bias.shape, 3),
        _tensor("logits", (1, labels)),
        _tensor("scores", (1, labels)),
    ]
    mean = schema.ReducerOptionsT()
    mean.keepDims = len(shape) == 2
    steps = [
        (KINDS.MUL, [0, 0], 1, OPTIONS.MulOptions, schema.MulOptionsT()),
        (KINDS.MEAN, [1, 2], 3, OPTIONS.ReducerOptions, mean),
        (KINDS.FULLY_CONNECTED, [3, 4, 5], 6, OPTIONS.FullyConnectedOptions, schema.FullyConnectedOptionsT()),
    ]
    if activation == "sigmoid":
        steps.append((KINDS.LOGISTIC, [6], 7, OPTIONS.NONE, None))
    elif activation == "softmax":
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        steps.append((KINDS.SOFTMAX, [6], 7, OPTIONS.SoftmaxOptions, options))
    outputs = [7 if activation else 6] + [3] * power_output
    return _content(tensors, steps, constants, outputs)


def _content(tensors, steps, constants, outputs):
    graph = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = tensors, [0], outputs, []
    model = schema.ModelT()
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 3, [graph], [], []
    for number, (kind, inputs, output, own_type, own) in enumerate(steps):
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = number, inputs, [output]
        operator.builtinOptionsType, operator.builtinOptions = own_type, own
        graph.operators.append(operator)
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        code.version = 1
        model.operatorCodes.append(code)
    for constant in constants:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(constant, np.uint8) if constant else None
        model.buffers.append(buffer)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name, shape, buffer=0, kind=schema.TensorType.FLOAT32):
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer, tensor.type = name, list(shape), buffer, kind
    return tensor
