"""Damages a small model in one way per file, named for the damage, and writes expected.json:
file -> exit code (65 invalid or damaged, 66 cannot open, 69 not supported) and the words its message must contain.

That each file is really broken is witnessed by ONNX's checker or ONNX Runtime. Versions: ../requirements.txt.
"""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from base import FLOAT, broken, clean, data_of, external, finish, here, initializer, node_of, set_attribute, sound

clean()
whole = data_of(sound())


def changed(change, **versions):
    model = sound(**versions)
    change(model)
    return model


def flipped(pattern, at, bit):
    """The sound file with one bit flipped, `at` bytes into the only place where `pattern` stands."""
    assert whole.count(pattern) == 1, pattern
    data = bytearray(whole)
    data[whole.index(pattern) + at] ^= 1 << bit
    return bytes(data)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


# The file as bytes.

broken("sound.onnx", 0, model=whole)  # the control: undamaged, it must be taken
broken("no-such-file.onnx", 66, "no-such-file.onnx", model=b"")
(here / "no-such-file.onnx").unlink()
broken("empty.onnx", 65, "empty", model=b"")
broken("not-protobuf.onnx", 65, "web page", model=b"<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>There is no model here</h1>\n")
broken("truncated-in-graph.onnx", 65, "byte", model=whole[:whole.index(b"stem/relu") + 4])
broken("truncated-in-weights.onnx", 65, "byte", model=whole[:whole.index(initializer(sound(), "fc.w").raw_data) + 50])
broken("trailing-garbage.onnx", 65, "byte", model=whole + b"\xff" * 40)
broken("overlong-varint.onnx", 65, "byte", model=b"\x08" + b"\xff" * 11 + b"\x01" + whole[2:])

graph_at = whole.index(b"\x3a", whole.index(b"onnx2mobile-fixtures"))  # ModelProto.graph: tag, then a length of two bytes
broken("bit-flipped-length.onnx", 65, "byte", model=flipped(whole[graph_at:graph_at + 8], 2, 6))
broken("bit-flipped-wire-type.onnx", 65, "byte", model=flipped(whole[graph_at:graph_at + 8], 3, 0))
broken("bit-flipped-dims.onnx", 65, "stem.w", model=flipped(b"\x08\x04\x08\x03\x08\x03\x08\x03", 1, 0))
broken("bit-flipped-element-type.onnx", 65, "stem.w", model=flipped(b"\x08\x03\x08\x03\x08\x03\x10\x01", 7, 6))
broken("bit-flipped-tensor-name.onnx", 65, "head/flat", "'t'", model=flipped(b"\x0a\x01p\x12\x01f", 2, 2))
broken("bit-flipped-operator.onnx", 69, "Cofv", "stem/conv", model=flipped(b"\x22\x04Conv", 4, 3))

inner = b""
while len(inner) < 30000:  # graph.node.attribute.g, again and again
    inner = field(1, field(5, field(6, inner)))
broken("deep-nesting.onnx", 69, "--limit nesting=128", model=b"\x08\x07" + field(7, inner) + field(8, b"\x10\x0d"))
broken("many-fields.onnx", 65, "node", model=b"\x08\x07" + field(7, field(1, b"") * 30000) + field(8, b"\x10\x0d"))

# Versions, and parts that are missing.

broken("wrong-ir-version.onnx", 65, "99", model=changed(lambda m: setattr(m, "ir_version", 99)))
broken("no-ir-version.onnx", 65, "version", model=changed(lambda m: m.ClearField("ir_version")))
broken("opset-too-new.onnx", 65, "99", model=sound(opset=99))
broken("opset-too-old.onnx", 65, "opset 0", model=sound(opset=0, ir=3))
broken("no-opset.onnx", 65, "opset", model=changed(lambda m: m.ClearField("opset_import")))
broken("no-graph.onnx", 65, "graph", model=changed(lambda m: m.ClearField("graph")))

# Tensors.


def dims(name, *numbers):
    return lambda m: (initializer(m, name).ClearField("dims"), initializer(m, name).dims.extend(numbers))


def raw(name, size):
    return lambda m: setattr(initializer(m, name), "raw_data", bytes(size))


def overflow(m):
    dims("stem.w", 2**32, 2**32)(m)  # wraps to 0, which an empty raw_data would match
    raw("stem.w", 0)(m)


def typed_short(m):
    t = initializer(m, "fc.b")
    t.ClearField("raw_data")
    t.float_data.extend([0.5] * 9)


broken("dims-overflow.onnx", 65, "stem.w", model=changed(overflow))
broken("negative-dim.onnx", 65, "fc.b", "-10", model=changed(dims("fc.b", -10)))
broken("tensor-short-raw-data.onnx", 65, "stem.w", "432", "431", model=changed(raw("stem.w", 431)))
broken("tensor-long-raw-data.onnx", 65, "fc.w", "160", "164", model=changed(raw("fc.w", 164)))
broken("tensor-short-float-data.onnx", 65, "fc.b", "10", "9", model=changed(typed_short))
broken("unknown-element-type.onnx", 65, "fc.b", "99", model=changed(lambda m: setattr(initializer(m, "fc.b"), "data_type", 99)))

# External data. The .bin files are there and long enough, so that only the path or the numbers are wrong.

moved = lambda name="stem.w", **entries: changed(lambda m: external(m, name, **entries))
(here / "weights.bin").write_bytes(initializer(sound(), "stem.w").raw_data)
broken("sound-external-data.onnx", 0, model=moved(location="weights.bin", offset=0, length=432))
broken("external-data-escape.onnx", 65, "stem.w", "../../etc/passwd", model=moved(location="../../etc/passwd"))
broken("external-data-escape-inside.onnx", 65, "stem.w", "absent/../../broken/weights.bin",
       model=moved(location="absent/../../broken/weights.bin"))
broken("external-data-absolute.onnx", 65, "stem.w", "/etc/passwd", model=moved(location="/etc/passwd"))
broken("external-data-missing.onnx", 66, "stem.w", "nowhere.bin", model=moved(location="nowhere.bin"))
broken("external-data-no-location.onnx", 65, "stem.w", "location", model=moved(offset=0))
broken("external-data-past-end.onnx", 65, "stem.w", "432", model=moved(location="weights.bin", offset=8, length=432))
broken("external-data-offset-overflow.onnx", 65, "stem.w", str(2**63 - 4), model=moved(location="weights.bin", offset=2**63 - 4, length=432))
broken("external-data-negative-offset.onnx", 65, "stem.w", "-4", model=moved(location="weights.bin", offset=-4, length=432))
broken("external-data-wrong-length.onnx", 65, "stem.w", "432", "400", model=moved(location="weights.bin", offset=0, length=400))
broken("external-data-not-a-number.onnx", 65, "stem.w", "12abc", model=moved(location="weights.bin", offset="12abc"))
broken("external-data-symlink/model.onnx", 65, "stem.w", "weights.bin", model=moved(location="weights.bin"))
(here / "external-data-symlink" / "weights.bin").symlink_to("../weights.bin")
broken("external-data-symlinked-folder/model.onnx", 65, "stem.w", "'up'", model=moved(location="up/weights.bin"))
(here / "external-data-symlinked-folder" / "up").symlink_to("..")

# The graph.


def renamed_input(node, slot, name):
    return lambda m: node_of(m, node).input.__setitem__(slot, name)


def renamed_output(node, name):
    return lambda m: node_of(m, node).output.__setitem__(0, name)


def again(name):
    return lambda m: m.graph.initializer.add().CopyFrom(initializer(m, name))


def note(name, type, *shape):
    return lambda m: m.graph.value_info.append(helper.make_tensor_value_info(name, type, shape))


broken("cycle.onnx", 65, "stem/conv", model=changed(renamed_input("stem/conv", 0, "r")))
broken("self-cycle.onnx", 65, "stem/relu", model=changed(renamed_input("stem/relu", 0, "r")))
broken("dangling-input.onnx", 65, "head/pool", "nowhere", model=changed(renamed_input("head/pool", 0, "nowhere")))
broken("duplicate-output-name.onnx", 65, "stem/relu", "'c'", model=changed(renamed_output("stem/relu", "c")))
broken("output-shadows-input.onnx", 65, "stem/relu", "'x'", model=changed(renamed_output("stem/relu", "x")))
broken("duplicate-initializer.onnx", 65, "stem.b", model=changed(again("stem.b")))
broken("duplicate-graph-input.onnx", 65, "'x'", model=changed(lambda m: m.graph.input.append(m.graph.input[0])))
broken("missing-output.onnx", 65, "result", model=changed(lambda m: setattr(m.graph.output[0], "name", "result")))
broken("no-outputs.onnx", 65, "output", model=changed(lambda m: m.graph.ClearField("output")))
broken("shape-contradiction.onnx", 0, "'c'", "[1, 4, 8, 8]", "[1, 5, 8, 8]", model=changed(note("c", FLOAT, 1, 5, 8, 8)))
broken("rank-contradiction.onnx", 0, "'p'", "[1, 4, 1, 1]", "[1, 4]", model=changed(note("p", FLOAT, 1, 4)))
broken("type-contradiction.onnx", 65, "'r'", model=changed(note("r", TensorProto.INT64, 1, 4, 8, 8)))
broken("output-shape-contradiction.onnx", 0, "'y'", "[1, 10]", "[1, 11]",
       model=changed(lambda m: m.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, [1, 11]))))

# Operators.


def attribute(node, **attributes):
    return changed(lambda m: set_attribute(m, node, **attributes))


def swapped(node, replacement, *tensors, **versions):
    """Another operator in a node's place."""
    def change(m):
        node_of(m, node).CopyFrom(replacement)
        m.graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in tensors)
    return changed(change, **versions)


def without_input(node, count):
    return changed(lambda m: node_of(m, node).input.__delitem__(slice(count, None)))


broken("channels-disagree.onnx", 65, "stem/conv", "3", "5",
       model=changed(lambda m: m.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", FLOAT, [1, 5, 8, 8]))))
broken("attribute-of-wrong-type.onnx", 65, "stem/conv", "pads", model=attribute("stem/conv", pads="one"))
broken("zero-stride.onnx", 65, "stem/conv", "strides", model=attribute("stem/conv", strides=[0, 1]))
broken("zero-group.onnx", 65, "stem/conv", "group", model=attribute("stem/conv", group=0))
broken("group-does-not-divide.onnx", 65, "stem/conv", "group", model=attribute("stem/conv", group=2))
broken("huge-pads.onnx", 65, "stem/conv", "pads", model=attribute("stem/conv", pads=[2**62, 0, 2**62, 0]))
broken("kernel-larger-than-input.onnx", 65, "stem/conv",
       model=changed(lambda m: (set_attribute(m, "stem/conv", pads=[0, 0, 0, 0]),
                                m.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", FLOAT, [1, 3, 2, 2])))))
broken("missing-input.onnx", 65, "stem/conv", model=without_input("stem/conv", 1))
broken("too-many-inputs.onnx", 65, "stem/relu", model=changed(lambda m: node_of(m, "stem/relu").input.append("x")))
broken("reshape-does-not-fit.onnx", 65, "head/flat", "5 elements", "4",
       model=swapped("head/flat", helper.make_node("Reshape", ["p", "s"], ["f"], name="head/flat"), ("s", np.array([1, 5]))))
broken("index-out-of-range.onnx", 65, "stem/relu", "4",
       model=swapped("stem/relu", helper.make_node("Gather", ["c", "i"], ["r"], name="stem/relu", axis=1), ("i", np.array([0, 1, 2, 4]))))
broken("axis-out-of-range.onnx", 65, "head/flat", "9", model=attribute("head/flat", axis=9))
bomb = swapped("stem/relu", helper.make_node("Expand", ["one", "s"], ["r"], name="stem/relu"),
               ("one", np.ones(1, np.float32)), ("s", np.array([2**20, 4, 2**10, 2**10])))  # 16 TiB of ones
bomb.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, [2**20, 10]))
broken("constant-bomb.onnx", 65, "stem/relu", model=bomb)
broken("training-mode.onnx", 69, "stem/relu", "random",
       model=swapped("stem/relu", helper.make_node("Dropout", ["c", "half", "on"], ["r"], name="stem/relu"),
                     ("half", np.array(0.5, np.float32)), ("on", np.array(True)), opset=15, ir=8))


def unknown(m):
    node_of(m, "stem/relu").op_type = "Frobnicate"
    node_of(m, "head/pool").op_type = "Frobnicate"
    node_of(m, "head/flat").op_type, node_of(m, "head/flat").domain = "Warp", "com.example"
    node_of(m, "head/fc").CopyFrom(helper.make_node("SVMRegressor", ["f"], ["y"], name="head/fc", domain="ai.onnx.ml"))
    m.opset_import.extend([helper.make_opsetid("com.example", 1), helper.make_opsetid("ai.onnx.ml", 3)])


broken("unsupported-ops.onnx", 69, "3 operators", "Frobnicate", "stem/relu", "Warp", "com.example", "head/flat",
       "SVMRegressor", "ai.onnx.ml", "head/fc", model=changed(unknown))

# Training is legal ONNX; only we refuse it.
finish(sound_to_others={"sound.onnx", "sound-external-data.onnx", "training-mode.onnx"})
