import Foundation
import O2MRuntime

/// What other tools call the same keys and values, as they stand in their files.
///
/// - Spec: Hugging Face's `preprocessor_config.json`; timm's `config.json`, where `pretrained_cfg` holds it; torchvision's
///   `ImageClassification(crop_size=..., resize_size=..., interpolation=..., mean=..., std=...)`; Keras's `preprocess_input(mode=...)` and
///   `data_format`.
enum PreprocessingSpellings {
  /// Keys that only files of others have.
  private static let marks = [
    "do_normalize", "do_rescale", "do_resize", "image_mean", "image_std", "rescale_factor", "image_processor_type",
    "feature_extractor_type", "crop_size", "resize_size", "pretrained_cfg", "input_size", "crop_pct",
  ]

  /// The keys of ours that say the same; nil where the object is one of ours.
  static func pairs(_ object: [String: Any]) throws(ImageError) -> [(key: String, values: [String])]? {
    let object = lowercased(object)
    guard marks.contains(where: { object[$0] != nil }) else { return nil }
    let config = (object["pretrained_cfg"] as? [String: Any]).map(lowercased) ?? object
    for key in refused where flag(config, key, false) { throw .unknownKey(key) }
    if let mode = config["crop_mode"] as? String, !["center", "squash"].contains(mode) { throw bad(config, "crop_mode") }
    var pairs: [(key: String, values: [String])] = []
    if let sizes = try convNext(config) { return try sizes + rest(config) }
    var crop = try side(config, "crop_size")
    if crop == nil { crop = try inputSize(config) }
    let isCropped = flag(config, "do_center_crop", config["crop_size"] != nil || config["input_size"] != nil)
    if flag(config, "do_resize", true), let resize = try resize(config, crop, isCropped: isCropped) { pairs.append(("resize", [resize])) }
    if isCropped, let crop { pairs.append(("crop", ["\(crop.width)x\(crop.height)"])) }
    return try pairs + rest(config)
  }

  /// Hugging Face's ConvNextImageProcessor: below 384 pixels the shorter side becomes longer by the share that the crop keeps, then comes the
  /// crop; from 384 on the picture is squeezed.
  private static func convNext(_ config: [String: Any]) throws(ImageError) -> [(key: String, values: [String])]? {
    guard let kept = config["crop_pct"] as? NSNumber, kept.doubleValue > 0, config["input_size"] == nil, config["crop_size"] == nil else {
      return nil
    }
    let sides = config["size"] as? [String: NSNumber]
    guard let number = sides?["shortest_edge"] ?? config["size"] as? NSNumber else { throw bad(config, "size") }
    let side = number.intValue, square = "\(side)x\(side)"
    guard side < 384 else { return [("resize", [square])] }
    return [("resize", ["short:\(Int(Double(side) / kept.doubleValue))"]), ("crop", [square])]
  }

  /// What is not about sizes.
  private static func rest(_ config: [String: Any]) throws(ImageError) -> [(key: String, values: [String])] {
    var pairs: [(key: String, values: [String])] = []
    if let filter = try filter(config) { pairs.append(("filter", [filter])) }
    if flag(config, "do_flip_channel_order", false) { pairs.append(("order", ["bgr"])) }
    pairs += try numbers(config)
    return pairs
  }

  /// What changes pixels in ways that are not ours.
  private static let refused = [
    "do_pad", "do_align_long_axis", "do_thumbnail", "do_reduce_labels", "do_convert_grayscale", "rescale_offset", "do_color_quantize",
  ]

  private static func lowercased(_ object: [String: Any]) -> [String: Any] {
    Dictionary(object.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
  }

  private static func flag(_ config: [String: Any], _ key: String, _ usual: Bool) -> Bool { (config[key] as? NSNumber)?.boolValue ?? usual }

  private static func bad(_ config: [String: Any], _ key: String) -> ImageError {
    .badValue(key: key, value: config[key].map { "\($0)" } ?? "")
  }

  /// `224`, `[224]`, `[height, width]`, or `{"height": 224, "width": 224}`.
  private static func side(_ config: [String: Any], _ key: String) throws(ImageError) -> Extent? {
    switch config[key] {
    case nil, is NSNull: return nil
    case let side as NSNumber: return Extent(width: side.intValue, height: side.intValue)
    case let sides as [NSNumber] where sides.count == 1 || sides.count == 2:
      return Extent(width: sides[sides.count - 1].intValue, height: sides[0].intValue)
    case let sides as [String: NSNumber]:
      guard let width = sides["width"], let height = sides["height"] else { throw bad(config, key) }
      return Extent(width: width.intValue, height: height.intValue)
    default: throw bad(config, key)
    }
  }

  /// timm's `[channels, height, width]`.
  private static func inputSize(_ config: [String: Any]) throws(ImageError) -> Extent? {
    guard config["input_size"] != nil else { return nil }
    guard let sizes = config["input_size"] as? [NSNumber], sizes.count == 3 else { throw bad(config, "input_size") }
    return Extent(width: sizes[2].intValue, height: sizes[1].intValue)
  }

  /// What is resized before the crop. A number alone is the shorter side where there is a crop, else both sides; the share of a picture
  /// that its crop keeps makes the side longer.
  private static func resize(_ config: [String: Any], _ crop: Extent?, isCropped: Bool) throws(ImageError) -> String? {
    if let kept = config["crop_pct"] as? NSNumber, let crop, kept.doubleValue > 0 {
      let width = Int(Double(crop.width) / kept.doubleValue), height = Int(Double(crop.height) / kept.doubleValue)
      return config["crop_mode"] as? String == "squash" ? "\(width)x\(height)" : "short:\(min(width, height))"
    }
    let key = config["resize_size"] != nil ? "resize_size" : "size"
    if let sides = config[key] as? [String: NSNumber], let shorter = sides["shortest_edge"] {
      guard sides["longest_edge"] == nil else { throw bad(config, key) }
      return "short:\(shorter.intValue)"
    }
    guard let extent = try side(config, key) else { return nil }
    let isOne = config[key] is NSNumber || (config[key] as? [NSNumber])?.count == 1
    return isOne && isCropped ? "short:\(extent.width)" : "\(extent.width)x\(extent.height)"
  }

  /// Pillow's numbers, or a name that may stand behind a dot: `InterpolationMode.BICUBIC`.
  private static func filter(_ config: [String: Any]) throws(ImageError) -> String? {
    for key in ["resample", "interpolation"] {
      if let number = config[key] as? NSNumber {
        let names = [1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"]
        guard let name = names[number.intValue] else { throw bad(config, key) }
        return name
      }
      if let text = config[key] as? String { return text.split(separator: ".").last.map { $0.lowercased() } }
    }
    return nil
  }

  private static func numbers(_ config: [String: Any]) throws(ImageError) -> [(key: String, values: [String])] {
    var pairs: [(key: String, values: [String])] = []
    if flag(config, "do_rescale", true) {
      pairs.append(("scale", [(config["rescale_factor"] as? NSNumber).map { "\($0.doubleValue)" } ?? "1/255"]))
    }
    guard flag(config, "do_normalize", true) else { return pairs }
    for (key, names) in [("mean", ["image_mean", "mean"]), ("std", ["image_std", "std"])] {
      guard let name = names.first(where: { config[$0] != nil }) else { continue }
      guard let numbers = config[name] as? [NSNumber] else { throw bad(config, name) }
      pairs.append((key, numbers.map { "\($0.doubleValue)" }))
    }
    return pairs
  }

  /// The keys of ours that Keras's mode stands for.
  static func mode(_ name: String) -> [(key: String, values: [String])]? {
    switch name.lowercased() {
    case "tf": [("scale", ["1/127.5"]), ("mean", ["1"])]
    case "torch":
      [
        ("scale", ["1/255"]), ("mean", Preprocessing.imagenet.mean.map(\.description)),
        ("std", Preprocessing.imagenet.std.map(\.description)),
      ]
    case "caffe": [("order", ["bgr"]), ("mean", ["103.939", "116.779", "123.68"])]
    default: nil
    }
  }

  /// Another name of a key of ours, and of its value.
  static func translated(_ key: String, _ values: [String]) -> (key: String, values: [String]) {
    switch key.lowercased() {
    case "interpolation": ("filter", values.map { $0.split(separator: ".").last.map(String.init) ?? $0 })
    case "data_format":
      ("layout", values.map { ["channels_last": "nhwc", "channels_first": "nchw"][$0.lowercased()] ?? $0 })
    default: (key.lowercased(), values)
    }
  }
}
