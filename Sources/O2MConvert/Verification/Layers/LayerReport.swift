import O2MParity
import O2MTensor

/// Every tensor of a bundle's plan beside the original tensor that it must equal, in the order in which the steps run.
public struct LayerReport: Encodable, Sendable {
  public internal(set) var layers: [Layer] = []

  /// The first step that its own arithmetic does not explain.
  public var firstOver: Layer? { layers.first(where: \.isOver) }

  public init() {}

  /// One output of a step, over all cases.
  public struct Layer: Encodable, Sendable {
    /// The original tensor.
    public let name: String
    /// ONNX's operator or our own; `layout` for a change of layout.
    public let op: String
    /// What computes it, and how its weights are stored where that is not float32.
    public let kernel: String
    /// The step of the plan.
    public let step: Int
    /// The largest difference in the run, errors of all steps before included; infinite where a number is finite on one side only.
    public private(set) var maxAbs = 0.0
    /// Of the worst case, in decibels: in the run, and of this step alone on the original's inputs.
    public private(set) var sqnr = Decibels.most
    public private(set) var localSQNR = Decibels.most
    /// What this step alone may differ by, at the element that uses most of it; see `RoundingBound`.
    public private(set) var bound = 0.0
    /// How much of the bound that element uses, on the original's inputs.
    public private(set) var share = 0.0

    /// Whether the step differs by more than its arithmetic explains.
    public var isOver: Bool { share > 1 }

    init(name: String, op: String, kernel: String, step: Int) {
      self.name = name
      self.op = op
      self.kernel = kernel
      self.step = step
    }

    /// Adds a case: what the run gave, what the step gives alone, and the original.
    mutating func add(_ found: Tensor, alone: Tensor, reference: Tensor, bounds: [Double]) {
      let original = reference.numbers, far = found.numbers, near = alone.numbers
      // float64 does not hold every int64.
      let isEqual = reference.element.isFloat ? nil : (far: found.ints() == reference.ints(), near: alone.ints() == reference.ints())
      var most = 0.0, nearest = 0.0, used = share, bound = self.bound
      for index in original.indices {
        let error = difference(near[index], original[index])
        most = max(most, difference(far[index], original[index]))
        nearest = max(nearest, error)
        // No division for what uses less.
        if error > used * bounds[index] || used == 0 && bounds[index] > bound {
          (used, bound) = (error == 0 ? 0 : bounds[index] > 0 ? error / bounds[index] : .infinity, bounds[index])
        }
      }
      if let isEqual, !isEqual.far { most = max(most, 1) }
      if let isEqual, !isEqual.near { (nearest, used) = (max(nearest, 1), max(used, (bounds.max() ?? 0) >= 1 ? 1 : .infinity)) }
      (maxAbs, share, self.bound) = (max(maxAbs, most), used, bound)
      sqnr = min(sqnr, most == .infinity ? -Decibels.most : Decibels.shown(SignalToNoise(far, reference: original).sqnr))
      localSQNR = min(localSQNR, nearest == .infinity ? -Decibels.most : Decibels.shown(SignalToNoise(near, reference: original).sqnr))
    }

    /// Infinite where one side is no number of the other's kind.
    private func difference(_ found: Double, _ reference: Double) -> Double {
      if found == reference || found.isNaN && reference.isNaN { return 0 }
      return found.isFinite && reference.isFinite ? (found - reference).magnitude : .infinity
    }

    enum CodingKeys: String, CodingKey {
      case name, op = "operator", kernel, maxAbs = "max_abs", sqnr = "sqnr_db", localSQNR = "local_sqnr_db", bound, share, over
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(op, forKey: .op)
      try container.encode(kernel, forKey: .kernel)
      try container.encode(maxAbs, forKey: .maxAbs)
      try container.encode(sqnr, forKey: .sqnr)
      try container.encode(localSQNR, forKey: .localSQNR)
      try container.encode(bound, forKey: .bound)
      try container.encode(share, forKey: .share)
      try container.encode(isOver, forKey: .over)
    }
  }
}
