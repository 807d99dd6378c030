import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// replace-einsum, with an equation of every kind.
extension PassCase {
  static let einsums: [PassCase] = [
    .applies("replace-einsum", "scores", 1, .sum(of: 4)) { g in try einsum(&g, "bhid,bhjd->bhij", [2, 3, 5, 4], [2, 3, 7, 4]) },
    .applies("replace-einsum", "values", 1, .sum(of: 7)) { g in try einsum(&g, "bhij,bhjd->bihd", [2, 3, 5, 7], [2, 3, 7, 4]) },
    .applies("replace-einsum", "many-axes", 1, .sum(of: 12)) { g in try einsum(&g, "aibkj,kbcj->cia", [2, 3, 2, 3, 2], [3, 2, 5, 2]) },
    .applies("replace-einsum", "implicit", 1, .sum(of: 3)) { g in try einsum(&g, "...ij,...jk", [2, 4, 3], [2, 3, 5]) },
    .applies("replace-einsum", "matrix", 1, .sum(of: 3)) { g in try einsum(&g, "ij,jk->ik", [4, 3], [3, 5]) },
    .applies("replace-einsum", "inner", 1, .sum(of: 5)) { g in try einsum(&g, "i,i->", [5], [5]) },
    .applies("replace-einsum", "outer") { g in try einsum(&g, "bi,bj->jbi", [2, 3], [2, 4]) },
    .applies("replace-einsum", "elementwise") { g in try einsum(&g, "ij,ji->ij", [2, 3], [3, 2]) },
    .applies("replace-einsum", "lonely-sum", 1, .sum(of: 24)) { g in try einsum(&g, "aij,jkb->ik", [2, 3, 4], [4, 5, 3]) },
    .applies("replace-einsum", "empty") { g in try einsum(&g, "ij,jk->ki", [2, 0], [0, 3]) },
    .applies("replace-einsum", "sum", 1, .sum(of: 3)) { g in try einsum(&g, "aib->ba", [2, 3, 4]) },
    .applies("replace-einsum", "transpose") { g in try einsum(&g, "ij...->...ji", [2, 3, 4]) },
    .skips("replace-einsum", "still", "it changes nothing") { g in try einsum(&g, "ij->ij", [2, 3]) },
    .skips("replace-einsum", "three", "there are more than two operands") { g in try einsum(&g, "i,i,i->i", [2], [2], [2]) },
    .skips("replace-einsum", "diagonal", "it takes a diagonal") { g in try einsum(&g, "ii,ij->j", [2, 2], [2, 3]) },
    .skips("replace-einsum", "repeated", "an extent of 1 is repeated") { g in try einsum(&g, "...i,...i->...", [3, 2], [1, 2]) },
  ]
}

private func einsum(_ g: inout GraphBuilder, _ equation: String, _ shapes: Shape...) throws {
  let operands = shapes.enumerated().map { g.input("abc".map { "\($0)" }[$0], $1) }
  g.output(try g.node(Einsum.self, operands, "y", [.equation: .string(equation)]))
}
