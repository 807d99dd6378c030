"""Models in which a run decides which branch it takes and how often a loop turns."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ops"))
from case import f32, i64, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def graph(name, nodes, outputs, inputs=(), constants=None):
    """A body; inputs and outputs are (name, type, shape)."""
    return helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(*item) for item in inputs],
        [helper.make_tensor_value_info(*item) for item in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in (constants or {}).items()])


# A choice. Either branch reads what the other does not; both have weights of their own.
def dense(name, activation, reads="x w1", shape=(4, 5)):
    prefix = name[0]
    return graph(name, [
        node("MatMul", reads, f"{prefix}1"), node("Add", f"{prefix}1 {prefix}b", f"{prefix}2"), node(activation, f"{prefix}2", f"{prefix}3"),
        node("MatMul", f"{prefix}3 {prefix}w", f"{prefix}4"), node("Softmax", f"{prefix}4", f"{prefix}5", axis=-1)],
        [(f"{prefix}5", FLOAT, shape)], constants={f"{prefix}b": f32(6), f"{prefix}w": f32(6, 5)})


def choice(**more):
    return node("If", "c", "y", then_branch=dense("then", "Tanh"), else_branch=dense("other", "Relu", "z w2"), **more)


weights = {"w1": f32(3, 6), "w2": f32(4, 6)}
for name, flag in (("branch-then", True), ("branch-else", False)):
    save_case(name, [choice(), ], {"x": f32(4, 3), "z": f32(4, 4), "c": np.asarray(flag)}, weights)
save_case("branch-by-sum", [node("ReduceSum", "x axes", "s", keepdims=0), node("Greater", "s zero", "c"), choice()],
          {"x": f32(4, 3), "z": f32(4, 4)}, weights | {"axes": i64(0, 1), "zero": np.float32(0)})

# Pictures: both sides are convolutions, whose weights are packed.
def filtered(name, width):
    p = name[0]
    return graph(name, [
        node("Conv", f"x {p}w {p}b", f"{p}1", pads=[1, 1, 1, 1]), node("Relu", f"{p}1", f"{p}2"),
        node("Conv", f"{p}2 {p}v", f"{p}3"), node("Add", f"{p}3 x", f"{p}4"), node("Sigmoid", f"{p}4", f"{p}5")],
        [(f"{p}5", FLOAT, (1, 4, 9, 7))], constants={f"{p}w": f32(width, 4, 3, 3, low=-0.3, high=0.3), f"{p}b": f32(width), f"{p}v": f32(4, width, 1, 1, low=-1, high=1)})


save_case("branch-filters", [node("If", "c", "y", then_branch=filtered("then", 8), else_branch=filtered("other", 3))],
          {"x": f32(1, 4, 9, 7), "c": np.asarray(True)})

# A choice inside of a choice; the inner one reads what two graphs above it made.
inner = node("If", "d", "i", then_branch=dense("then", "Sigmoid", "twice w1"), else_branch=dense("other", "Elu", "z w2"))
outer = graph("outer", [node("Add", "x x", "twice"), inner, node("Neg", "i", "r")], [("r", FLOAT, (4, 5))])
for name, flags in (("nested-outer", (False, True)), ("nested-then", (True, True)), ("nested-else", (True, False))):
    save_case(name, [node("If", "c", "y", then_branch=outer, else_branch=dense("last", "Tanh", "z w2"))],
              {"x": f32(4, 3), "z": f32(4, 4), "c": np.asarray(flags[0]), "d": np.asarray(flags[1])}, weights)


# What ONNX Runtime alone says.
UNTIL = {"oracle": "onnxruntime", "why": "the reference takes a condition that is not there for false"}
ROWS = {"oracle": "onnxruntime", "why": "the reference puts rows one behind the other, not along an axis of their own"}
NONE = {"oracle": "onnxruntime", "why": "the reference has no shape of no rows"}


# A loop of which nobody knows beforehand how often it turns.
def loop(nodes, carried, items=(), condition="on", constants=None):
    """The body of a loop: inputs `turn`, `on` and carried values `NAME_in`, outputs `condition`, `NAME_out` and items."""
    return graph(
        "turn", nodes, [(condition, BOOL, ())] + [(f"{name}_out", *rest) for name, *rest in carried] + list(items),
        [("turn", INT64, ()), ("on", BOOL, ())] + [(f"{name}_in", *rest) for name, *rest in carried], constants)


kept = node("Identity", "on", "goes")
step = loop([kept, node("MatMul", "h_in w", "m"), node("Add", "m x", "s"), node("Tanh", "s", "h_out"), node("Identity", "h_out", "row")],
            [("h", FLOAT, (2, 4))], [("row", FLOAT, (2, 4))], "goes")
save_case("counted-turns", [node("Loop", "n _ h", "y rows", body=step)], {"n": np.int64(5), "x": f32(2, 4), "h": f32(2, 4)},
          {"w": f32(4, 4, low=-1, high=1)}, **ROWS)
save_case("no-turns", [node("Loop", "n _ h", "y rows", body=step)], {"n": np.int64(0), "x": f32(2, 4), "h": f32(2, 4)},
          {"w": f32(4, 4, low=-1, high=1)}, **NONE)
save_case("not-begun", [node("Loop", "n c h", "y rows", body=step)],
          {"n": np.int64(3), "c": np.asarray(False), "x": f32(2, 4), "h": f32(2, 4)},
          {"w": f32(4, 4, low=-1, high=1)}, **NONE)

# It ends where a value passes a limit, at most 20 turns.
ends = loop([node("Add", "s_in x", "s_out"), node("ReduceMax", "s_out", "most", keepdims=0), node("Less", "most limit", "goes")],
            [("s", FLOAT, (3,))], [], "goes")
save_case("ends-early", [node("Loop", "n c zeros", "y", body=ends)], {"x": values(0.5, 1, 0.25)},
          {"n": np.int64(20), "c": np.asarray(True), "limit": np.float32(6.2), "zeros": np.zeros(3, np.float32)})
rows = loop([node("Add", "s_in x", "s_out"), node("ReduceMax", "s_out", "most", keepdims=0), node("Less", "most limit", "goes"),
             node("Mul", "s_out s_out", "square")], [("s", FLOAT, (3,))], [("square", FLOAT, (3,))], "goes")
save_case("ends-early-rows", [node("Loop", "n c zeros", "y rows", body=rows), node("ReduceSum", "rows axes", "sum", keepdims=0)],
          {"x": values(0.5, 1, 0.25)},
          {"n": np.int64(20), "c": np.asarray(True), "limit": np.float32(6.2), "zeros": np.zeros(3, np.float32), "axes": i64(0)},
          outputs="y rows sum")

# Without a count: until the condition says so.
save_case("while", [node("Loop", "_ c zeros", "y", body=ends)], {"x": values(0.5, 1, 0.25), "c": np.asarray(True)},
          {"limit": np.float32(99), "zeros": np.zeros(3, np.float32)})

# Two values change places in each turn; a third is the number of the turn.
swap = loop([kept, node("Identity", "b_in", "a_out"), node("Identity", "a_in", "b_out"), node("Add", "t_in turn", "t_out")],
            [("a", FLOAT, (3,)), ("b", FLOAT, (3,)), ("t", INT64, ())], [], "goes")
save_case("changes-places", [node("Loop", "n _ a b zero", "p q r", body=swap)], {"n": np.int64(7), "a": f32(3), "b": f32(3)},
          {"zero": np.int64(0)}, **UNTIL)

# Loops in a loop, and a choice in a loop.
within = loop([node("Identity", "on", "goes"), node("Mul", "v_in x", "v_out")], [("v", FLOAT, (3,))], [], "goes")
around = graph(
    "around", [node("Loop", "turn2 _ u_in", "w", body=within), node("Add", "w u_in", "u_out"), node("Identity", "on2", "goes2")],
    [("goes2", BOOL, ()), ("u_out", FLOAT, (3,))], [("turn2", INT64, ()), ("on2", BOOL, ()), ("u_in", FLOAT, (3,))])
save_case("loop-in-loop", [node("Loop", "n _ x", "y", body=around)], {"n": np.int64(4), "x": f32(3, low=-1, high=1)}, **UNTIL)
odd = graph("odd", [node("Mul", "s_in x", "o1"), node("Tanh", "o1", "o2"), node("Sub", "o2 x", "o3")], [("o3", FLOAT, (3,))])
even = graph("even", [node("Add", "s_in x", "e1"), node("Sigmoid", "e1", "e2"), node("Mul", "e2 x", "e3")], [("e3", FLOAT, (3,))])
either = loop([node("Mod", "turn two", "m"), node("Equal", "m one", "is"), node("If", "is", "s_out", then_branch=odd, else_branch=even),
               node("Identity", "on", "goes")], [("s", FLOAT, (3,))], [], "goes")
save_case("branch-in-loop", [node("Loop", "n _ x", "y", body=either)], {"n": np.int64(5), "x": f32(3)},
          {"one": np.int64(1), "two": np.int64(2)}, **UNTIL)

# A decoder: the last token's embedding and a state give the next token, until it is the one that ends.
tokens, width = 7, 6
decoder = loop([
    node("Gather", "embedding token_in", "e"), node("Unsqueeze", "e axis0", "e1"),
    node("GRU", "e1 wx wh gb _ h_in", "all h_out", hidden_size=width, linear_before_reset=1), node("Squeeze", "h_out axis0", "flat"),
    node("MatMul", "flat out", "scores"), node("ArgMax", "scores", "best", axis=1, keepdims=0), node("Identity", "best", "token_out"),
    node("Squeeze", "best axis0", "one"), node("Equal", "one last", "is"), node("Not", "is", "goes"), node("Identity", "best", "said")],
    [("token", INT64, (1,)), ("h", FLOAT, (1, 1, width))], [("said", INT64, (1,))], "goes")
parameters = {
    "embedding": f32(tokens, width), "wx": f32(1, 3 * width, width, low=-1, high=1), "wh": f32(1, 3 * width, width, low=-1, high=1),
    "gb": f32(1, 6 * width, low=-1, high=1), "out": f32(width, tokens), "axis0": i64(0), "last": np.int64(6), "most": np.int64(30),
    "yes": np.asarray(True), "first": i64(1)}
save_case("decoder", [node("Loop", "most yes first h", "t state tokens", body=decoder)], {"h": f32(1, 1, width)}, parameters,
          outputs="state tokens")
