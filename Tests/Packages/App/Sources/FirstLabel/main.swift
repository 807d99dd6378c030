import Foundation
import ONNX2Mobile

let model = try await MobileModel(contentsOf: URL(fileURLWithPath: "digits.installed.o2m"))
let pixels = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "digit.gray")))
let image = try ModelImage(pixels, format: .gray, width: 8, height: 8)
for best in try await model.classify(image, top: 3) { print(best.label, best.probability) }
