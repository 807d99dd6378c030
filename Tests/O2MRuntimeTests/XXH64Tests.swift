import O2MRuntime
import Testing

private func hash(_ text: String, seed: UInt64 = 0) -> UInt64 { Array(text.utf8).withUnsafeBytes { xxh64($0, seed: seed) } }

/// The digests that the reference implementation gives; the lengths run through every branch of the specification.
@Test(arguments: [
  ("", 0xEF46_DB37_51D8_E999 as UInt64),
  ("a", 0xD24E_C4F1_A98C_6E5B),
  ("abc", 0x44BC_2CF5_AD77_0999),
  ("message digest", 0x066E_D728_FCEE_B3BE),
  ("abcdefghijklmnopqrstuvwxyz", 0xCFE1_F278_FA89_835C),
  ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 0xAAA4_6907_D304_7814),
  ("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 0xE04A_477F_19EE_145D),
])
func xxh64Vectors(text: String, expected: UInt64) {
  #expect(hash(text) == expected)
}

@Test func xxh64DependsOnSeedAndEveryByte() {
  let bytes = (0..<100).map { UInt8($0) }
  let plain = bytes.withUnsafeBytes { xxh64($0) }
  #expect(bytes.withUnsafeBytes { xxh64($0, seed: 1) } != plain)
  for index in bytes.indices {
    var changed = bytes
    changed[index] ^= 1
    #expect(changed.withUnsafeBytes { xxh64($0) } != plain, "byte \(index)")
  }
}

/// SplitMix64's published outputs for the seed 1234567.
@Test func seededInputsAreSplitMix64() {
  var random = SeededInput(seed: 1_234_567)
  #expect(
    [random.next(), random.next(), random.next()] == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
}
