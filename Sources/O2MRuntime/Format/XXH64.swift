/// The 64-bit xxHash of `bytes`.
public func xxh64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
  var hash = XXH64(seed: seed)
  return hash.finish(bytes)
}

/// The 64-bit xxHash of bytes that come piece by piece.
///
/// - Spec: xxHash fast digest algorithm, XXH64, github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
public struct XXH64 {
  private let seed: UInt64
  private var a, b, c, d: UInt64
  private var count: UInt64 = 0

  public init(seed: UInt64 = 0) {
    self.seed = seed
    (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
  }

  /// Takes a piece of whole stripes: a multiple of 32 bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count % 32 == 0)
    var a = a, b = b, c = c, d = d
    for offset in stride(from: 0, to: bytes.count, by: 32) {
      a = round(a, word(bytes, offset))
      b = round(b, word(bytes, offset + 8))
      c = round(c, word(bytes, offset + 16))
      d = round(d, word(bytes, offset + 24))
    }
    (self.a, self.b, self.c, self.d) = (a, b, c, d)
    count &+= UInt64(truncatingIfNeeded: bytes.count)
  }

  /// Takes the last piece, of any length, and gives the hash of them all.
  public mutating func finish(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let end = bytes.count
    var offset = end & ~31
    update(UnsafeRawBufferPointer(rebasing: bytes[..<offset]))
    var hash: UInt64
    if count > 0 {
      hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
      hash = merge(merge(merge(merge(hash, a), b), c), d)
    } else {
      hash = seed &+ prime5
    }
    hash = hash &+ count &+ UInt64(truncatingIfNeeded: end - offset)
    while offset + 8 <= end {
      hash = rotate(hash ^ round(0, word(bytes, offset)), 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset + 4 <= end {
      let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      hash = rotate(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
      offset += 4
    }
    while offset < end {
      hash = rotate(hash ^ (UInt64(bytes[offset]) &* prime5), 11) &* prime1
      offset += 1
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }
}

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

@inline(__always)
private func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
  UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

@inline(__always)
private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { (value << count) | (value >> (64 &- count)) }

@inline(__always)
private func round(_ lane: UInt64, _ input: UInt64) -> UInt64 { rotate(lane &+ input &* prime2, 31) &* prime1 }

@inline(__always)
private func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 { (hash ^ round(0, lane)) &* prime1 &+ prime4 }
