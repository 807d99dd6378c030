import O2MRuntime

extension ClassScores {
  /// All classes, best first, as `best` has them.
  public var order: [Int] { ranks.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 } }
}
