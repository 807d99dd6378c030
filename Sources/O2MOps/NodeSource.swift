import O2MTensor

/// The ONNX attributes that operators read, by their ONNX names.
public enum AttributeName: String, CaseIterable, Sendable {
  case activation, activation_alpha, activation_beta, activations, aggregate_function, align_corners, allowzero, alpha, antialias
  case approximate, auto_pad, axes, axis, batch_axis, batch_dims, beta, bias, block_size, blocksize, body, broadcast
  case case_change_action, ceil_mode, center_point_box, chunk_size, classes_strings, clip, consumed_inputs, coordinate_transformation_mode
  case count_include_pad, cubic_coeff_a, decay_factor, default_float, default_int64, default_string, default_tensor, delimiter
  case detect_negative, detect_positive, dilations, direction, directions, dtype, else_branch, end, epsilon, equation, exclude_outside
  case exclusive, extrapolation_value, fmod, gamma, group, hidden_size, ignore_index, input_forget, interleaved, inverse, is_case_sensitive
  case is_causal, is_test, k, keep_aspect_ratio_policy, keepdims, kernel_shape, keys_floats, keys_int64s, keys_strings, keys_tensor
  case kv_num_heads, lambd, largest, layout, leaf_targetids, leaf_weights, left_window_size, linear_before_reset, locale
  case max, max_gram_length, max_skip_count, maxsplit, membership_values, min, min_gram_length, mode, momentum, n_targets, nearest_mode
  case new_axis, ngram_counts, ngram_indexes, nodes_falseleafs, nodes_falsenodeids, nodes_featureids, nodes_missing_value_tracks_true
  case nodes_modes, nodes_splits, nodes_trueleafs, nodes_truenodeids, noop_with_empty_axes, norm_coefficient, norm_coefficient_post
  case num_groups, num_heads, num_outputs, num_scan_inputs, offset_group, onesided, output_datatype, output_dtype, output_height
  case output_padding, output_shape, output_width, p, padding_mode, pads, pattern, periodic, perm, pool_int64s, pooled_shape, post_transform
  case precision, prob_mod, q_num_heads, qk_matmul_output_mode, ratio, reduction, reverse, right_window_size, rotary_embedding_dim
  case round_mode, sampling_ratio, saturate, scale, scales, scan_input_axes, scan_input_directions, scan_output_axes, scan_output_directions
  case score_mod, seed, select_last_index, shape, size, softcap, softmax_precision, sorted, spatial, spatial_scale, split, start, stash_type
  case stopwords, storage_order, strides, then_branch, threshold, tile, time_axis, to, training_mode, transA, transB, tree_roots
  case update_rule, upper, value, value_float, value_floats, value_int, value_ints, values_floats, values_int64s, values_strings
  case values_tensor, weights, xs, y, zs

  // ONNX Runtime's own operators
  case K, N, accuracy_level, activation_gamma, activation_params, bits, channels_last, do_rotary, gather_axis, groups, is_packed_batching
  case mask_filter_value, mask_index_type, opset, past_present_share_buffer, qkv_hidden_sizes, quantize_axis, transBatchA, transBatchB
  case unidirectional, weight_prepacked

  // Learned models: ai.onnx.ml
  case base_values, base_values_as_tensor, class_ids, class_nodeids, class_treeids, class_weights, class_weights_as_tensor
  case classlabels_int64s, classlabels_ints, classlabels_strings, coefficients, intercepts, multi_class
  case nodes_hitrates, nodes_hitrates_as_tensor, nodes_nodeids, nodes_treeids, nodes_values, nodes_values_as_tensor, norm, offset
  case target_ids, target_nodeids, target_treeids, target_weights, target_weights_as_tensor, targets
}

extension AttributeName {
  /// What a count, an extent, an axis or a place that a file states may be at most, and with a minus at least: products of it with any
  /// extent of a tensor stay an `Int`.
  public static let largestNumber = 1 << 28

  /// Whether its numbers are data, which may be any.
  var holdsData: Bool {
    switch self {
    case .value_int, .value_ints, .default_int64, .keys_int64s, .values_int64s, .classlabels_int64s, .classlabels_ints, .pool_int64s,
      .seed, .ignore_index:
      true
    default: false
    }
  }

  /// Whether a number beyond every extent means "as far as there is": its operator reads it by `NodeSource.clamped`.
  var reachesBeyond: Bool {
    switch self {
    case .start, .end, .k: true
    default: false
    }
  }

  /// `value` as a count or a place.
  ///
  /// - Errors: `.attribute(_, .tooLarge)`.
  public func bounded(_ value: Int) throws(OpFault) -> Int {
    if holdsData || reachesBeyond { return value }
    guard (-Self.largestNumber...Self.largestNumber).contains(value) else {
      throw .attribute(self, .tooLarge(found: value, limit: Self.largestNumber))
    }
    return value
  }
}

/// Where an operator reads its attributes and counts its operands: a node of a model, or one built in code.
public protocol NodeSource {
  /// The opset version of the node's domain.
  var opset: Int { get }
  var inputCount: Int { get }
  var outputCount: Int { get }
  func hasInput(_ index: Int) -> Bool

  func float(_ name: AttributeName) throws(OpFault) -> Float?
  func int(_ name: AttributeName) throws(OpFault) -> Int?
  func string(_ name: AttributeName) throws(OpFault) -> String?
  func ints(_ name: AttributeName) throws(OpFault) -> [Int]?
  func floats(_ name: AttributeName) throws(OpFault) -> [Float]?
  func strings(_ name: AttributeName) throws(OpFault) -> [String]?
  func tensor(_ name: AttributeName) throws(OpFault) -> Tensor?
}

extension NodeSource {
  public func float(_ name: AttributeName, default value: Float) throws(OpFault) -> Float { try float(name) ?? value }

  /// An integer that fits 32 bits, as those of records do.
  public func int(_ name: AttributeName, default value: Int) throws(OpFault) -> Int {
    let found = try int(name) ?? value
    guard RecordReader.narrow.contains(found) else { throw .attribute(name, .outOfRange) }
    return found
  }

  /// The same for a number that means no more beyond any extent: it is brought into the range.
  public func clamped(_ name: AttributeName) throws(OpFault) -> Int? {
    try int(name).map { Swift.min(Swift.max($0, RecordReader.narrow.lowerBound), RecordReader.narrow.upperBound) }
  }

  /// An int attribute that ONNX uses as a truth value: 0 or 1.
  public func flag(_ name: AttributeName, default value: Bool) throws(OpFault) -> Bool {
    switch try int(name) {
    case nil: return value
    case 0: return false
    case 1: return true
    default: throw .attribute(name, .outOfRange)
    }
  }

  public func requireInts(_ name: AttributeName) throws(OpFault) -> [Int] {
    guard let values = try ints(name) else { throw .attribute(name, .missing) }
    return values
  }

  /// Throws unless the node has between `range` inputs and `outputs` outputs.
  public func requireOperands(_ range: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1) throws(OpFault) {
    guard range.contains(inputCount) else { throw .inputCount(expected: range, found: inputCount) }
    guard outputs.contains(outputCount) else { throw .outputCount(expected: outputs, found: outputCount) }
  }
}
