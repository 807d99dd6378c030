import CO2MPlatform
import Foundation

/// What the numbers were measured on: without it they mean nothing.
struct Machine {
  /// The processor as it names itself.
  static var cpuName: String {
    #if os(macOS)
    var size = 0
    sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
    var text = [UInt8](repeating: 0, count: max(size, 1))
    sysctlbyname("machdep.cpu.brand_string", &text, &size, nil, 0)
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    #else
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = information.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
    #endif
  }

  /// The instruction sets that this process may use, by the names that kernels carry; `O2M_CPU_MASK` takes some away.
  static var features: [String] {
    let names: [(UInt32, String)] = [
      (UInt32(O2M_CPU_AVX2), "avx2"), (UInt32(O2M_CPU_AVX512), "avx512"), (UInt32(O2M_CPU_AVX512VNNI), "avx512vnni"),
      (UInt32(O2M_CPU_NEON), "neon"), (UInt32(O2M_CPU_DOTPROD), "dotprod"), (UInt32(O2M_CPU_FP16), "fp16"),
    ]
    let bits = o2m_cpu_features()
    return names.filter { bits & $0.0 != 0 }.map(\.1)
  }
}
