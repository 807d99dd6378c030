/// Counts of work, which may be more than an `Int` holds; the largest one then stands for them. What memory is laid out for is never
/// computed so.
extension Int {
  public func clampedTimes(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }

  public func clampedPlus(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
