extension OlderForm {
  static let reduction = [
    OlderForm("ReduceSum", before: 13, movingInts("axes", to: 1, opset: 13)),
    OlderForm(
      "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare",
      before: 18, movingInts("axes", to: 1, opset: 18)),
  ]
}
