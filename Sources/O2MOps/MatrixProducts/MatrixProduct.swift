import O2MTensor

/// Numbers that a matrix product multiplies and adds; integers wrap.
protocol MultiplyAdd {
  mutating func add(_ a: Self, times b: Self)
}

extension Double: MultiplyAdd {
  mutating func add(_ a: Double, times b: Double) { self += a * b }
}

extension Int: MultiplyAdd {
  mutating func add(_ a: Int, times b: Int) { self = self &+ a &* b }
}

/// `a[from a, M × K] · b[from b, K × N]` added to `c[from c, M × N]`, over k ascending for every element; all row-major.
func addProduct<T: MultiplyAdd>(_ a: [T], _ aStart: Int, _ b: [T], _ bStart: Int, to c: inout [T], _ cStart: Int, m: Int, k: Int, n: Int) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      c.withUnsafeMutableBufferPointer { c in
        for i in 0..<m {
          for l in 0..<k {
            let factor = a[aStart + i * k + l], from = bStart + l * n, to = cStart + i * n
            for j in 0..<n { c[to + j].add(factor, times: b[from + j]) }
          }
        }
      }
    }
  }
}

/// A row-major `rows × columns` matrix read by columns.
func transposed<T>(_ x: [T], rows: Int, columns: Int) -> [T] {
  var y: [T] = []
  y.reserveCapacity(x.count)
  for column in 0..<columns { for row in 0..<rows { y.append(x[row * columns + column]) } }
  return y
}
