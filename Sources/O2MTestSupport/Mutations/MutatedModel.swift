import Foundation

/// A fixture with one field changed, or a few; it follows from its seed.
package struct MutatedModel {
  package let seed: Int
  package let fixture: String
  package let mutations: [Mutation]
  package let bytes: [UInt8]

  /// The small models among the fixtures, in their order.
  package static let fixtures = (Fixtures.operators + Fixtures.cases).filter { fixture in
    let attributes = try? FileManager.default.attributesOfItem(atPath: fixture.model)
    return (attributes?[.size] as? Int ?? .max) <= 1 << 15
  }

  /// What attributes choose by name, and a word that none knows.
  package static let choices = Extremes.choices

  /// The seeds go round the fixtures. In each the first ones change one field each, spread over the whole file, until all have been
  /// changed; the others change two to four.
  package init?(seed: Int) {
    let place = seed % Self.fixtures.count, round = seed / Self.fixtures.count, fixture = Self.fixtures[place]
    guard let data = FileManager.default.contents(atPath: fixture.model), var model = WireMessage(.model, Array(data)[...]) else {
      return nil
    }
    let all = Mutation.all(of: model)
    guard !all.isEmpty else { return nil }
    var mutations: [Mutation] = []
    if round < all.count {
      mutations = [all[(place + round) * Self.step(all.count) % all.count]]
      mutations[0].apply(to: &model)
    } else {
      var random = Seeded(UInt64(seed))
      for _ in 0..<2 + random.next() % 3 {
        let all = Mutation.all(of: model)
        guard !all.isEmpty else { break }
        let mutation = all[Int(random.next() % UInt64(all.count))]
        mutation.apply(to: &model)
        mutations.append(mutation)
      }
    }
    self.seed = seed
    self.fixture = fixture.name
    self.mutations = mutations
    bytes = model.bytes
  }

  /// About 0.618 of `count`, and with no factor in common: so its multiples go everywhere.
  private static func step(_ count: Int) -> Int {
    func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
    var step = max(1, count * 618 / 1000)
    while gcd(step, count) != 1 { step += 1 }
    return step
  }
}
