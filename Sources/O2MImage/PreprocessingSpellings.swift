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
  static func pairs(_ object: [String: JSONValue]) throws(ImageError) -> [(key: String, values: [String])]? {
    let object = lowercased(object)
    guard marks.contains(where: { object[$0] != nil }) else { return nil }
    let config = (object["pretrained_cfg"]?.table).map(lowercased) ?? object
    for key in refused where flag(config, key, false) { throw .unknownKey(key) }
    if let mode = config["crop_mode"]?.text, !["center", "squash"].contains(mode) { throw bad(config, "crop_mode") }
    var pairs: [(key: String, values: [String])] = []
    if let sizes = try convNext(config) { return try sizes + rest(config) }
    var crop = try side(config, "crop_size")
    if crop == nil { crop = try inputSize(config) }
    let isCropped = flag(config, "do_center_crop", config["crop_size"] != nil || config["input_size"] != nil)
    if flag(config, "do_resize", true), let resize = try resize(config, crop, isCropped: isCropped) { pairs.append(("resize", [resize])) }
    if isCropped, let crop { pairs.append(("crop", ["\(crop.width)x\(crop.height)"])) }
    return try pairs + rest(config)
  }

  /// Hugging Face's ConvNextImageProcessor: below 384 pixels the shorter side becomes longer by the share that the crop keeps, then comes
  /// the crop; from 384 on the picture is squeezed.
  private static func convNext(_ config: [String: JSONValue]) throws(ImageError) -> [(key: String, values: [String])]? {
    guard let kept = config["crop_pct"]?.number, kept > 0, config["input_size"] == nil, config["crop_size"] == nil else { return nil }
    let size = config["size"]
    guard let side = (size?.table?["shortest_edge"] ?? size)?.integer else { throw bad(config, "size") }
    let square = "\(side)x\(side)"
    guard side < 384 else { return [("resize", [square])] }
    return [("resize", ["short:\(Int(Double(side) / kept))"]), ("crop", [square])]
  }

  /// What is not about sizes.
  private static func rest(_ config: [String: JSONValue]) throws(ImageError) -> [(key: String, values: [String])] {
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

  private static func lowercased(_ object: [String: JSONValue]) -> [String: JSONValue] {
    Dictionary(object.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
  }

  private static func flag(_ config: [String: JSONValue], _ key: String, _ usual: Bool) -> Bool { config[key]?.bool ?? usual }

  private static func bad(_ config: [String: JSONValue], _ key: String) -> ImageError {
    .badValue(key: key, value: config[key].map { $0.text ?? $0.description } ?? "")
  }

  /// `224`, `[224]`, `[height, width]`, or `{"height": 224, "width": 224}`.
  private static func side(_ config: [String: JSONValue], _ key: String) throws(ImageError) -> Extent? {
    switch config[key] {
    case nil, .null: return nil
    case .number?:
      guard let side = config[key]?.integer else { throw bad(config, key) }
      return Extent(width: side, height: side)
    case .list(let sides) where sides.count == 1 || sides.count == 2:
      guard let width = sides[sides.count - 1].integer, let height = sides[0].integer else { throw bad(config, key) }
      return Extent(width: width, height: height)
    case .table(let sides):
      guard let width = sides["width"]?.integer, let height = sides["height"]?.integer else { throw bad(config, key) }
      return Extent(width: width, height: height)
    default: throw bad(config, key)
    }
  }

  /// timm's `[channels, height, width]`.
  private static func inputSize(_ config: [String: JSONValue]) throws(ImageError) -> Extent? {
    guard config["input_size"] != nil else { return nil }
    guard let sizes = config["input_size"]?.list, sizes.count == 3, let height = sizes[1].integer, let width = sizes[2].integer else {
      throw bad(config, "input_size")
    }
    return Extent(width: width, height: height)
  }

  /// What is resized before the crop. A number alone is the shorter side where there is a crop, else both sides; the share of a picture
  /// that its crop keeps makes the side longer.
  private static func resize(_ config: [String: JSONValue], _ crop: Extent?, isCropped: Bool) throws(ImageError) -> String? {
    if let kept = config["crop_pct"]?.number, let crop, kept > 0 {
      let width = Int(Double(crop.width) / kept), height = Int(Double(crop.height) / kept)
      return config["crop_mode"]?.text == "squash" ? "\(width)x\(height)" : "short:\(min(width, height))"
    }
    let key = config["resize_size"] != nil ? "resize_size" : "size"
    if let sides = config[key]?.table, let shorter = sides["shortest_edge"] {
      guard sides["longest_edge"] == nil, let side = shorter.integer else { throw bad(config, key) }
      return "short:\(side)"
    }
    guard let extent = try side(config, key) else { return nil }
    let isOne = config[key]?.number != nil || config[key]?.list?.count == 1
    return isOne && isCropped ? "short:\(extent.width)" : "\(extent.width)x\(extent.height)"
  }

  /// Pillow's numbers, or a name that may stand behind a dot: `InterpolationMode.BICUBIC`.
  private static func filter(_ config: [String: JSONValue]) throws(ImageError) -> String? {
    for key in ["resample", "interpolation"] {
      if config[key]?.number != nil {
        let names = [1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"]
        guard let name = config[key]?.integer.flatMap({ names[$0] }) else { throw bad(config, key) }
        return name
      }
      if let text = config[key]?.text { return text.split(separator: ".").last.map { $0.lowercased() } }
    }
    return nil
  }

  private static func numbers(_ config: [String: JSONValue]) throws(ImageError) -> [(key: String, values: [String])] {
    var pairs: [(key: String, values: [String])] = []
    if flag(config, "do_rescale", true) {
      pairs.append(("scale", [(config["rescale_factor"]?.number).map { "\($0)" } ?? "1/255"]))
    }
    guard flag(config, "do_normalize", true) else { return pairs }
    for (key, names) in [("mean", ["image_mean", "mean"]), ("std", ["image_std", "std"])] {
      guard let name = names.first(where: { config[$0] != nil }) else { continue }
      guard let numbers = config[name]?.numbers else { throw bad(config, name) }
      pairs.append((key, numbers.map(\.description)))
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
