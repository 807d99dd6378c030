extension OlderForm {
  static let matrixProducts = [OlderForm("Gemm", before: 7, dropping("broadcast"))]
}
