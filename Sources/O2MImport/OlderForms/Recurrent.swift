extension OlderForm {
  /// The number of outputs says whether there is a sequence of them.
  static let recurrent = [OlderForm("GRU", "LSTM", "RNN", before: 7, dropping("output_sequence"))]
}
