"""TFLite networks that are made without TensorFlow."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

KINDS, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
FULLY_CONNECTED = (KINDS.FULLY_CONNECTED, OPTIONS.FullyConnectedOptions, schema.FullyConnectedOptionsT)
MEAN = (KINDS.MEAN, OPTIONS.ReducerOptions, schema.ReducerOptionsT)
CUSTOM = (KINDS.CUSTOM, OPTIONS.NONE, lambda: None)  # an operation that no runtime knows
LOGISTIC = (KINDS.LOGISTIC, OPTIONS.NONE, lambda: None)


def tensor(name, shape, content=None):
    """A tensor with its content, or one that is computed; its buffer is put in later."""
    made = schema.TensorT()
    made.name, made.shape, made.type = name, list(shape), schema.TensorType.FLOAT32
    if content is not None and content.dtype == np.int32:
        made.type = schema.TensorType.INT32
    return made, content


def tflite(tensors, steps, inputs, outputs):
    """A network.

    ``tensors`` are from `tensor`; ``steps`` are kinds, such as `LOGISTIC`, with the numbers of the tensors that they
    read and of the one that they write.
    """
    model, graph = schema.ModelT(), schema.SubGraphT()
    empty = schema.BufferT()
    empty.data = None
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 3, [graph], [], [empty]
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [], inputs, outputs, []
    for made, content in tensors:
        made.buffer = 0
        if content is not None:
            made.buffer = len(model.buffers)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(content.tobytes(), np.uint8)
            model.buffers.append(buffer)
        graph.tensors.append(made)
    for number, ((kind, options, make_options), reads, writes) in enumerate(steps):
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = number, reads, [writes]
        operator.builtinOptionsType, operator.builtinOptions = options, make_options()
        graph.operators.append(operator)
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        code.version = 1
        code.customCode = b"Chirp" if kind == KINDS.CUSTOM else None
        model.operatorCodes.append(code)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
