import O2MTensor

/// The ONNX attributes that operators read, by their ONNX names.
public enum AttributeName: String, CaseIterable, Sendable {
  case allowzero, alpha, antialias, approximate, auto_pad, axes, axis, beta, bias, blocksize, broadcast
  case ceil_mode, coordinate_transformation_mode, count_include_pad, cubic_coeff_a, detect_negative, detect_positive, dilations, direction
  case end, epsilon, exclude_outside, extrapolation_value, fmod, gamma, group, keep_aspect_ratio_policy, keepdims, kernel_shape
  case lambd, max, min, mode, momentum, nearest_mode, noop_with_empty_axes, num_outputs, output_padding, output_shape, p, pads, perm
  case ratio, saturate, scales, select_last_index, shape, size, spatial, split, start, stash_type, storage_order, strides, tile, to
  case body, directions, else_branch, new_axis, num_scan_inputs, scan_input_axes, scan_input_directions, scan_output_axes
  case scan_output_directions, then_branch
  case case_change_action, delimiter, is_case_sensitive, locale, maxsplit, pattern, stopwords
  case classes_strings, default_float, default_int64, default_string, default_tensor, keys_floats, keys_int64s, keys_strings, keys_tensor
  case values_floats, values_int64s, values_strings, values_tensor, threshold
  case aggregate_function, leaf_targetids, leaf_weights, membership_values, n_targets, nodes_falseleafs, nodes_falsenodeids, nodes_featureids
  case nodes_missing_value_tracks_true, nodes_modes, nodes_splits, nodes_trueleafs, nodes_truenodeids, post_transform, tree_roots
  case decay_factor, norm_coefficient, norm_coefficient_post, xs, y, zs
  case training_mode, transA, transB, value, value_float, value_floats, value_int, value_ints, is_test, consumed_inputs, dtype, seed
  case activation_alpha, activation_beta, activations, clip, hidden_size, input_forget, layout, linear_before_reset
  case activation, chunk_size, interleaved, is_causal, kv_num_heads, num_groups, num_heads, prob_mod, q_num_heads, qk_matmul_output_mode
  case rotary_embedding_dim, scale, score_mod, softcap, softmax_precision, update_rule
  case round_mode, block_size, output_dtype, precision
  case batch_axis, batch_dims, equation, exclusive, k, largest, reduction, reverse, sorted, time_axis, upper
  case align_corners, center_point_box, ignore_index, max_gram_length, max_skip_count, min_gram_length, ngram_counts, ngram_indexes
  case pool_int64s, weights
  case align_corners, inverse, offset_group, onesided, output_height, output_width, padding_mode, pooled_shape, sampling_ratio, spatial_scale
  case activation, periodic, output_datatype
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
  public func int(_ name: AttributeName, default value: Int) throws(OpFault) -> Int { try int(name) ?? value }

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
