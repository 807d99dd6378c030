import CO2MKernels

/// What a 3×3 convolution costs directly and by Winograd's F(4×4, 3×3), so that the conversion can choose.
///
/// - Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, arXiv 1509.09308. 36 multiplications by input and output
///   channel give 4×4 outputs, for which the direct form needs 144; a tile that hangs over the edge costs as much as a whole one.
/// - Units: cycles of a core that does 16 multiply-adds in each, measured with AVX2; integers, so that every host chooses alike.
struct WinogradTiles {
  /// The input channels that the kernel needs.
  static let leastInputs = Int(O2M_WINOGRAD_LEAST_INPUTS)

  let tiles: Int
  let pixels: Int
  let inputs: Int
  let outputs: Int

  init(batch: Int, height: Int, width: Int, inputs: Int, outputs: Int) {
    tiles = batch * ((height + 3) / 4) * ((width + 3) / 4)
    pixels = batch * height * width
    self.inputs = inputs
    self.outputs = outputs
  }

  private var panels: Int { (outputs + 15) / 16 }

  private var direct: Int { 9 * pixels * inputs * panels }

  /// The products, and the transformations of the input (per 8 channels of a tile), the weights and the output (per panel).
  private var winograd: Int {
    36 * tiles * inputs * panels + 125 * tiles * (inputs + 7) / 8 + 150 * inputs * panels + 300 * tiles * panels
  }

  /// Whether at least a tenth is saved, and the sizes are not so large that the costs overflow.
  var prefersWinograd: Bool {
    guard tiles < 1 << 24, inputs < 1 << 14, panels < 1 << 14 else { return false }
    return winograd * 10 < direct * 9
  }
}
