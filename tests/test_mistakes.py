"""Mistakes as people make them: each file under `mistakes/` has one, and one report must say so, in the right place."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

import archcompiler
from archcompiler.edits import apply
from archcompiler.layers import synonyms
from archcompiler.layers.catalog import catalog
from archcompiler.report import Report

FOLDER = Path(__file__).parent / "mistakes"


@dataclass(frozen=True)
class Mistake:
    """`line`, `column` and `end_column` place the report, `word` is what stands there. `notes` are the places of the
    causes; `fix` says whether there is one, which must then mend the spec altogether."""

    name: str
    code: str
    line: int
    column: int
    end_column: int
    word: str
    notes: tuple[tuple[int, int], ...] | list[tuple[int, int]] = ()
    fix: str | None = None


MISTAKES = (
    Mistake("lstm_lstm_scalar", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("lstm_lstm_flow", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("lstm_lstm_block", "ARC201", 8, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("lstm_lstm_said_false", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 23)], fix="safe"),
    Mistake("lstm_lstm_in_one_line", "ARC201", 3, 23, 27, "LSTM", notes=[(3, 11)], fix="safe"),
    Mistake("lstm_lstm_expression", "ARC201", 6, 5, 9, "LSTM", notes=[(5, 5)], fix="safe"),
    Mistake("lstm_lstm_through_dropout", "ARC201", 7, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("lstm_lstm_bidirectional", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 21)], fix="safe"),
    Mistake("lstm_lstm_bidirectional_long", "ARC201", 7, 5, 9, "LSTM", notes=[(5, 15)], fix="safe"),
    Mistake("lstm_lstm_nested", "ARC201", 8, 9, 13, "LSTM", notes=[(7, 9)], fix="safe"),
    Mistake("lstm_lstm_across_models", "ARC201", 10, 5, 9, "LSTM", notes=[(7, 9)], fix="unsafe"),
    Mistake("lstm_lstm_by_name", "ARC201", 6, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("gru_before_conv", "ARC201", 5, 5, 11, "Conv1D", notes=[(4, 5)], fix="safe"),
    Mistake("lstm_before_time_distributed", "ARC201", 5, 5, 20, "TimeDistributed", notes=[(4, 5)], fix="safe"),
    Mistake("rnn_before_lstm", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 5)], fix="safe"),
    Mistake("vector_before_lstm", "ARC201", 4, 5, 9, "LSTM", notes=[(2, 10)]),
    Mistake("dense_before_lstm", "ARC201", 5, 5, 9, "LSTM", notes=[(2, 10)]),
    Mistake("repeat_vector_on_steps", "ARC201", 5, 5, 17, "RepeatVector", notes=[(4, 5)], fix="unsafe"),
    Mistake("repeat_vector_on_input", "ARC201", 4, 5, 17, "RepeatVector", notes=[(2, 10)], fix="unsafe"),
    Mistake("concatenate_steps", "ARC202", 4, 5, 16, "Concatenate", notes=[(2, 10), (2, 24)], fix="unsafe"),
    Mistake("add_features", "ARC202", 10, 5, 8, "Add", notes=[(4, 5), (7, 5)]),
    Mistake("steps_with_hours", "ARC202", 4, 5, 16, "Concatenate", notes=[(2, 10), (2, 27)], fix="unsafe"),
    Mistake("unknown_layer", "ARC110", 4, 5, 9, "LSMT", fix="safe"),
    Mistake("unknown_layer_bare", "ARC110", 5, 5, 11, "Flaten", fix="safe"),
    Mistake("unknown_argument", "ARC111", 4, 23, 39, "retrun_sequences", fix="safe"),
    Mistake("unknown_argument_block", "ARC111", 6, 7, 23, "retrun_sequences", fix="safe"),
    Mistake("flatten_missing", "ARC301", 8, 10, 15, "shape", notes=[(6, 5)], fix="unsafe"),
    Mistake("target_every_step", "ARC301", 8, 10, 15, "shape", notes=[(4, 5), (9, 18)], fix="safe"),
    Mistake("target_one_step", "ARC301", 8, 14, 19, "shape", notes=[(4, 23)], fix="unsafe"),
    Mistake("target_every_step_without_loss", "ARC301", 7, 10, 15, "shape", notes=[(4, 5)], fix="safe"),
    Mistake("target_sizes", "ARC302", 7, 11, 19, "forecast", notes=[(5, 5)], fix="unsafe"),
    Mistake("target_of_other_steps", "ARC302", 6, 11, 19, "forecast", notes=[(2, 10)]),
    Mistake("target_autoencoder", "ARC302", 8, 19, 26, "same_as", notes=[(6, 12), (2, 10)], fix="unsafe"),
    Mistake("target_next_step", "ARC301", 7, 23, 35, "next_step_of", notes=[(4, 5), (2, 10)], fix="safe"),
    Mistake("target_wrong_output", "ARC303", 7, 11, 18, "forcast", notes=[(6, 11)], fix="safe"),
    Mistake("target_unknown_output", "ARC303", 7, 11, 12, "y", notes=[(6, 11)], fix="unsafe"),
    Mistake("target_same_as_unknown", "ARC303", 6, 28, 35, "reading", notes=[(2, 10)], fix="safe"),
    Mistake("loss_wrong_output", "ARC303", 7, 19, 26, "forcast", notes=[(6, 11)], fix="safe"),
    Mistake("sparse_loss_one_hot", "ARC306", 8, 18, 49, "sparse_categorical_crossentropy", notes=[(7, 19)],
            fix="unsafe"),
    Mistake("one_hot_loss_codes", "ARC306", 8, 18, 42, "categorical_crossentropy", notes=[(7, 19)], fix="unsafe"),
    Mistake("stateful", "ARC304", 4, 32, 36, "true", fix="unsafe"),
    Mistake("stateful_block", "ARC304", 7, 17, 21, "true", fix="unsafe"),
    Mistake("stateful_bidirectional", "ARC304", 4, 48, 52, "true", fix="unsafe"),
    Mistake("reshape", "ARC203", 4, 14, 21, "[5, 10]", notes=[(2, 10)], fix="unsafe"),
    Mistake("reshape_rest", "ARC203", 4, 29, 36, "[-1, 5]", notes=[(2, 10)], fix="unsafe"),
    Mistake("cycle", "ARC117", 6, 11, 12, "b", notes=[(7, 5), (4, 5)], fix="unsafe"),
    Mistake("cycle_itself", "ARC117", 6, 11, 12, "a", notes=[(4, 5)], fix="unsafe"),
    Mistake("cycle_add", "ARC117", 8, 20, 24, "last", notes=[(9, 5), (6, 5)], fix="unsafe"),
    Mistake("from_unknown", "ARC116", 7, 11, 18, "encodet", notes=[(5, 11)], fix="safe"),
    Mistake("from_unknown_in_list", "ARC116", 7, 22, 29, "encodet", notes=[(5, 11)], fix="safe"),
    Mistake("from_unknown_result", "ARC116", 8, 26, 36, "encoder.cc", fix="safe"),
    Mistake("from_too_many_results", "ARC119", 7, 11, 20, "encoder.1", fix="unsafe"),
    Mistake("from_missing", "ARC119", 4, 5, 9, "LSTM"),
    Mistake("reset_without_state", "ARC451", 6, 40, 52, "reset_states", fix="unsafe"),
    Mistake("weight_without_loss", "ARC451", 9, 47, 51, "flow", notes=[(9, 12)], fix="unsafe"),
    Mistake("target_said_twice", "ARC303", 6, 1, 7, "target", notes=[(7, 1)], fix="unsafe"),
    Mistake("item_key_inputs", "ARC101", 5, 5, 11, "inputs", fix="safe"),
    Mistake("item_key_id", "ARC101", 6, 5, 7, "id", fix="safe"),
    Mistake("item_key_near", "ARC101", 5, 5, 9, "form", fix="safe"),
    Mistake("block_named_as_layer", "ARC106", 4, 3, 8, "Dense"),
    Mistake("columns_count", "ARC113", 3, 33, 40, "columns"),
    Mistake("data_without_shape", "ARC102", 6, 3, 11, "readings"),
    Mistake("stateful_shuffle_windows", "ARC401", 7, 45, 52, "shuffle", notes=[(5, 22)], fix="safe"),
    Mistake("duplicate_key", "ARC002", 4, 22, 27, "units", notes=[(4, 12)], fix="unsafe"),
    Mistake("duplicate_section", "ARC002", 6, 1, 9, "training", notes=[(5, 1)], fix="unsafe"),
    Mistake("duplicate_name", "ARC106", 7, 11, 17, "memory", notes=[(5, 11)], fix="unsafe"),
    Mistake("duplicate_name_input", "ARC106", 5, 11, 19, "readings", notes=[(2, 10)], fix="unsafe"),
    Mistake("old_lr", "ARC114", 5, 22, 24, "lr", fix="safe"),
    Mistake("old_input_length", "ARC114", 4, 47, 59, "input_length", fix="unsafe"),
    Mistake("old_batch_input_shape", "ARC114", 4, 22, 39, "batch_input_shape", fix="unsafe"),
    Mistake("old_input_shape", "ARC114", 6, 7, 18, "input_shape", fix="unsafe"),
    Mistake("old_nb_epoch", "ARC114", 4, 23, 31, "nb_epoch", fix="safe"),
    Mistake("old_class", "ARC114", 4, 5, 14, "CuDNNLSTM", fix="unsafe"),
    Mistake("old_argument", "ARC114", 4, 22, 38, "inner_activation", fix="safe"),
    Mistake("old_decay", "ARC114", 4, 50, 55, "decay", fix="unsafe"),
    Mistake("embedding_list", "ARC113", 4, 16, 28, "[20000, 128]", fix="safe"),
    Mistake("bare_layer_above_from", "ARC001", 6, 5, 8, "Add"),
    Mistake("two_layers_in_one_item", "ARC115", 5, 5, 10, "Dense"),
    Mistake("argument_beside_layer", "ARC115", 5, 5, 21, "return_sequences", fix="safe"),
    Mistake("argument_beside_bare_layer", "ARC115", 5, 5, 10, "units", fix="safe"),
    Mistake("missing_units", "ARC112", 4, 5, 9, "LSTM"),
    Mistake("missing_units_bare", "ARC112", 4, 5, 9, "LSTM"),
    Mistake("wrong_type", "ARC113", 4, 11, 15, "wide"),
    Mistake("wrong_type_negative", "ARC113", 4, 19, 21, "-8"),
    Mistake("truth_as_text", "ARC113", 4, 40, 46, '"true"', fix="safe"),
    Mistake("number_as_text", "ARC113", 4, 19, 23, '"64"', fix="safe"),
    Mistake("shape_none", "ARC120", 2, 21, 25, "None", fix="safe"),
    Mistake("shape_minus_one", "ARC120", 2, 29, 31, "-1", fix="safe"),
    Mistake("shape_batch", "ARC120", 2, 21, 26, "batch", fix="safe"),
    Mistake("shape_not_a_list", "ARC103", 2, 28, 30, "24"),
    Mistake("shape_zero", "ARC120", 2, 21, 22, "0"),
    Mistake("shape_unknown_features", "ARC204", 3, 11, 15, "LSTM", notes=[(2, 10)]),
    Mistake("halved_and_doubled", "ARC302", 11, 10, 17, "same_as", notes=[(9, 126), (6, 255), (2, 10)]),
    Mistake("labels_of_codes", "ARC306", 7, 35, 54, "binary_crossentropy", notes=[(6, 10), (5, 5)], fix="unsafe"),
    Mistake("flatten_open_steps", "ARC204", 7, 5, 10, "Dense", notes=[(6, 5)], fix="unsafe"),
    Mistake("unknown_dtype", "ARC113", 2, 47, 54, "flaot32", fix="safe"),
    Mistake("unknown_optimizer", "ARC113", 4, 23, 26, "adm", fix="safe"),
    Mistake("unknown_optimizer_class", "ARC110", 4, 24, 28, "Adma", fix="safe"),
    Mistake("unknown_loss", "ARC113", 4, 18, 41, "categorical_crosentropy", fix="safe"),
    Mistake("unknown_metric", "ARC113", 4, 33, 40, "acuracy", fix="safe"),
    Mistake("unknown_activation", "ARC113", 5, 35, 41, "sofmax", fix="safe"),
    Mistake("unknown_initializer", "ARC110", 4, 44, 51, "HeNorml", fix="safe"),
    Mistake("unknown_callback", "ARC110", 4, 25, 37, "EarlyStoping", fix="safe"),
    Mistake("model_other_features", "ARC208", 8, 5, 12, "encoder", notes=[(5, 14), (2, 10)], fix="unsafe"),
    Mistake("states_of_both_directions", "ARC205", 13, 5, 9, "LSTM", notes=[(14, 48), (7, 5)]),
    Mistake("flatten_before_lstm", "ARC201", 7, 5, 9, "LSTM", notes=[(6, 5)], fix="unsafe"),
    Mistake("flatten_of_steps", "ARC201", 7, 5, 9, "LSTM", notes=[(6, 5)], fix="unsafe"),
    Mistake("images_at_steps_into_conv", "ARC201", 4, 5, 11, "Conv2D", notes=[(2, 10)]),
    Mistake("model_other_units", "ARC208", 15, 19, 26, "decoder", notes=[(10, 14), (8, 9)], fix="unsafe"),
    Mistake("model_given_steps", "ARC208", 14, 19, 26, "decoder", notes=[(9, 14), (7, 9)], fix="unsafe"),
    Mistake("model_given_no_steps", "ARC208", 13, 19, 26, "decoder", notes=[(9, 14), (7, 9)], fix="unsafe"),
    Mistake("model_given_image", "ARC208", 13, 19, 26, "decoder", notes=[(9, 14), (7, 9)], fix="unsafe"),
    Mistake("model_two_inputs", "ARC208", 11, 5, 10, "judge", notes=[(5, 5), (10, 5)]),
    Mistake("model_unknown_argument", "ARC111", 8, 5, 12, "encoder", fix="safe"),
    Mistake("layer_again_other_features", "ARC208", 7, 5, 9, "head", notes=[(4, 5)]),
    Mistake("axis_out_of_range", "ARC207", 4, 14, 15, "3"),
    Mistake("axis_out_of_range_concatenate", "ARC207", 4, 25, 26, "5"),
    Mistake("axis_out_of_range_normalization", "ARC207", 4, 32, 33, "3"),
    Mistake("kernel_too_long", "ARC206", 4, 39, 40, "7", notes=[(2, 10)], fix="unsafe"),
    Mistake("pool_too_long", "ARC206", 4, 19, 20, "7", notes=[(2, 10)], fix="unsafe"),
    Mistake("near_param", "ARC403", 3, 21, 27, "nsteps", fix="unsafe"),
    Mistake("topology", "ARC305", 3, 11, 22, "one_to_many", notes=[(4, 11)], fix="unsafe"),
    Mistake("topology_unknown", "ARC103", 3, 11, 22, "many_to_few", fix="safe"),
    Mistake("results_too_many_names", "ARC119", 6, 14, 33, "[sequence, h, c, d]"),
    Mistake("results_without_state", "ARC119", 5, 14, 30, "[sequence, h, c]", fix="unsafe"),
    Mistake("results_bad_name", "ARC105", 6, 21, 28, "h-state"),
    Mistake("name_with_dash", "ARC105", 5, 11, 21, "first-lstm"),
    Mistake("unknown_key", "ARC101", 3, 1, 6, "layer", fix="safe"),
    Mistake("unknown_key_case", "ARC101", 4, 1, 8, "traning", fix="safe"),
    Mistake("layer_at_the_top", "ARC101", 4, 1, 6, "Dense"),
    Mistake("unknown_param", "ARC108", 5, 14, 19, "widht", notes=[(3, 10)], fix="safe"),
    Mistake("param_out_of_bounds", "ARC113", 3, 25, 28, "800"),
    Mistake("param_cycle", "ARC109", 3, 10, 11, "a"),
    Mistake("expression_divides_by_zero", "ARC107", 5, 14, 24, "width // 0"),
    Mistake("expression_not_quoted", "ARC001", 5, 19, 20, "$"),
    Mistake("cell_alone", "ARC211", 4, 5, 13, "LSTMCell"),
    Mistake("rnn_over_lstm", "ARC113", 4, 11, 15, "LSTM", fix="safe"),
    Mistake("dense_on_two", "ARC205", 4, 5, 10, "Dense"),
    Mistake("add_on_one", "ARC205", 4, 5, 8, "Add"),
    Mistake("version", "ARC104", 1, 15, 16, "2", fix="unsafe"),
    Mistake("no_version", "ARC005", 1, 1, 7, "inputs", fix="safe"),
    Mistake("no_layers", "ARC102", 1, 1, 13, "archcompiler"),
    Mistake("tab", "ARC001", 4, 1, 2, "\t"),
    Mistake("no_space_after_colon", "ARC001", 4, 12, 19, "units:8"),
    Mistake("trainable_text", "ARC103", 5, 16, 20, '"no"', fix="safe"),
    Mistake("operation_on_none", "ARC112", 4, 5, 14, "ops.stack"),
    Mistake("dtype_int", "ARC113", 2, 38, 41, "int", fix="safe"),
    Mistake("rate_in_quotes", "ARC113", 6, 57, 63, '"1e-3"', fix="safe"),
    Mistake("one_argument_as_call", "ARC113", 4, 11, 19, "units=64", fix="safe"),
    Mistake("rate_in_percent", "ARC113", 5, 14, 16, "50"),
    Mistake("cropping_of_pairs", "ARC113", 4, 17, 28, "[[0, 1], 0]"),
    Mistake("reshape_to_nothing", "ARC203", 4, 14, 24, "[-1, 2, 0]", notes=[(2, 10)], fix="unsafe"),
    Mistake("merge_mode", "ARC113", 4, 51, 54, "add", fix="safe"),
    Mistake("yaml_boolean", "ARC113", 4, 40, 43, "yes", fix="safe"),
    Mistake("bidirectional_over_dense", "ARC113", 4, 20, 30, "{Dense: 8}"),
    Mistake("attention_widths", "ARC202", 4, 5, 14, "Attention", notes=[(2, 10), (2, 25)]),
    Mistake("call_argument_misspelt", "ARC111", 5, 22, 27, "valeu", fix="safe"),
    Mistake("generate_bidirectional", "ARC312", 8, 25, 33, "forecast", notes=[(5, 5)]),
    Mistake("generate_codes_from_values", "ARC311", 8, 36, 41, "words", fix="unsafe"),
    Mistake("generate_input_misspelt", "ARC310", 7, 35, 42, "reading", notes=[(2, 10)], fix="safe"),
    Mistake("generate_more_classes_than_codes", "ARC311", 8, 36, 41, "words", notes=[(4, 17), (6, 5)], fix="unsafe"),
    Mistake("generate_other_size", "ARC311", 7, 35, 43, "readings", notes=[(5, 5)], fix="unsafe"),
    Mistake("generate_output_misspelt", "ARC310", 7, 25, 32, "forcast", notes=[(6, 11)], fix="safe"),
    Mistake("generate_same_padding", "ARC312", 7, 25, 33, "forecast", notes=[(4, 5)]),
    Mistake("generate_sample_of_values", "ARC314", 8, 46, 52, "sample", notes=[(7, 29)]),
    Mistake("generate_stop_beyond_classes", "ARC314", 8, 66, 68, "50"),
    Mistake("generate_unmasked_attention", "ARC312", 10, 25, 33, "forecast", notes=[(6, 5)]),
    Mistake("generate_whole_sequence", "ARC313", 12, 24, 44, "{forecast: readings}", notes=[(7, 5)]),
    Mistake("generate_window_of_another_length", "ARC311", 4, 54, 56, "12", notes=[(2, 10)], fix="safe"),
    Mistake("generate_start_of_a_window", "ARC311", 4, 67, 72, "start", notes=[(4, 55)], fix="unsafe"),
    Mistake("initial_state_of_one", "ARC205", 8, 5, 9, "LSTM", notes=[(9, 41), (4, 5)]),
    Mistake("initial_state_of_other_units", "ARC202", 8, 19, 20, "8", notes=[(9, 42), (4, 5)], fix="unsafe"),
    Mistake("next_step_seen", "ARC406", 6, 24, 32, "readings", notes=[(4, 5)]),
    Mistake("reset_states_unknown", "ARC103", 7, 70, 76, "epochs"),
    Mistake("sample_temperature_zero", "ARC103", 8, 66, 67, "0"),
    Mistake("scale_of_codes", "ARC322", 2, 48, 53, "scale", fix="safe"),
    Mistake("stateful_other_batch_size", "ARC320", 7, 68, 70, "16", notes=[(5, 22), (2, 13)], fix="safe"),
    Mistake("stateful_overlapping_windows", "ARC321", 7, 86, 88, "12", notes=[(5, 22)], fix="safe"),
    Mistake("stateful_partial_batch", "ARC320", 7, 65, 68, "100", notes=[(5, 22), (2, 13)]),
    Mistake("stateful_validation_split", "ARC320", 7, 87, 91, "0.15", notes=[(5, 22), (2, 13)]),
    Mistake("time_distributed_open_steps", "ARC407", 4, 5, 20, "TimeDistributed"),
    Mistake("time_distributed_twice", "ARC407", 4, 5, 20, "TimeDistributed", notes=[(5, 5)]),
    Mistake("input_a_number", "ARC103", 2, 17, 19, "24", fix="safe"),
    Mistake("param_not_pasted", "ARC113", 5, 11, 16, "width", fix="safe"),
    Mistake("classes_not_pasted", "ARC103", 7, 30, 35, "kinds", fix="safe"),
    Mistake("loss_list", "ARC103", 14, 9, 47, "[mse, sparse_categorical_crossentropy]", fix="safe"),
    Mistake("target_of_a_models_output", "ARC303", 15, 11, 16, "which", notes=[(13, 10)], fix="safe"),
    Mistake("conv_without_channels", "ARC201", 4, 5, 11, "Conv2D", notes=[(2, 10)], fix="unsafe"),
    Mistake("linear_chain", "ARC413", 4, 5, 10, "Dense", notes=[(5, 5), (6, 5)], fix="unsafe"),
    Mistake("conv_lstm_of_films", "ARC201", 5, 5, 15, "ConvLSTM2D", notes=[(4, 5)], fix="safe"),
    Mistake("conv_lstm_conv_lstm", "ARC201", 5, 5, 15, "ConvLSTM2D", notes=[(4, 5)], fix="safe"),
    Mistake("argument_cut_short", "ARC111", 4, 26, 32, "kernel", fix="safe"),
    Mistake("layer_of_torch", "ARC110", 4, 5, 11, "Linear", fix="unsafe"),
    Mistake("layer_cut_short", "ARC110", 4, 5, 16, "BatchNormal", fix="safe"),
    Mistake("layer_as_a_call", "ARC110", 4, 5, 36, 'Dense(10, activation="softmax")', fix="safe"),
    Mistake("operation_of_torch", "ARC110", 4, 5, 12, "ops.cat", fix="unsafe"),
    Mistake("arguments_in_one_string", "ARC113", 4, 12, 23, "10, softmax", fix="safe"),
    Mistake("tensor_in_expression", "ARC108", 5, 15, 16, "x"),
    Mistake("windows_of_another_length", "ARC321", 7, 74, 76, "12", notes=[(3, 10)], fix="safe"),
    Mistake("data_features", "ARC503", 8, 13, 26, "[5000, 24, 3]", notes=[(2, 10)], fix="unsafe"),
    Mistake("data_of_other_steps", "ARC302", 6, 32, 44, "[100, 12, 1]", notes=[(2, 10)]),
    Mistake("data_used_up", "ARC206", 4, 39, 40, "5", notes=[(2, 10), (7, 11)]),
    Mistake("data_joined", "ARC202", 4, 5, 16, "Concatenate", notes=[(2, 10), (2, 24), (8, 11), (8, 28)]),
    Mistake("data_rank", "ARC503", 8, 13, 23, "[5000, 48]", notes=[(2, 10)]),
    Mistake("data_rows", "ARC503", 9, 13, 22, "[4000, 1]", notes=[(8, 13)]),
    Mistake("data_samples_in_shape", "ARC324", 2, 21, 25, "5000", notes=[(8, 13)], fix="safe"),
    Mistake("data_batch_in_shape", "ARC324", 2, 21, 23, "32", notes=[(8, 13)], fix="safe"),
    Mistake("data_target_steps", "ARC301", 9, 13, 26, "[5000, 24, 1]", notes=[(4, 5)], fix="safe"),
    Mistake("data_target_one", "ARC301", 9, 13, 22, "[5000, 1]", notes=[(4, 22)], fix="unsafe"),
    Mistake("data_target_units", "ARC302", 9, 13, 22, "[5000, 4]", notes=[(5, 5)], fix="unsafe"),
    Mistake("data_target_length", "ARC302", 9, 13, 26, "[5000, 12, 1]", notes=[(2, 10)]),
    Mistake("data_repeat_vector", "ARC302", 11, 13, 26, "[5000, 24, 1]", notes=[(6, 5)], fix="unsafe"),
    Mistake("data_pooled_steps", "ARC302", 10, 13, 26, "[5000, 24, 1]", notes=[(5, 5)]),
    Mistake("data_misspelt", "ARC323", 9, 3, 10, "forcast", fix="safe"),
    Mistake("data_no_target", "ARC502", 7, 1, 5, "data", notes=[(5, 5)]),
    Mistake("data_sparse_one_hot", "ARC306", 11, 35, 66, "sparse_categorical_crossentropy", notes=[(10, 9)],
            fix="unsafe"),
    Mistake("data_codes", "ARC306", 11, 35, 59, "categorical_crossentropy", notes=[(10, 9)], fix="unsafe"),
    Mistake("data_embedding_one_hot", "ARC503", 9, 10, 26, "[8000, 40, 1000]", notes=[(2, 10)]),
    Mistake("data_embedding_floats", "ARC504", 9, 37, 44, "float32", notes=[(2, 10)]),
    Mistake("data_embedding_range", "ARC307", 4, 28, 32, "1000", notes=[(9, 37)], fix="unsafe"),
    Mistake("data_classes", "ARC307", 10, 34, 35, "6", notes=[(6, 13)], fix="unsafe"),
    Mistake("padding_given_back", "ARC410", 6, 5, 17, "RepeatVector", notes=[(2, 39), (4, 5)], fix="unsafe"),
    Mistake("data_padding", "ARC410", 5, 5, 9, "LSTM", notes=[(9, 39)], fix="unsafe"),
    Mistake("data_partial_batch", "ARC320", 8, 18, 31, "[3210, 24, 2]", notes=[(5, 22), (2, 13)]),
    Mistake("data_validation_batch", "ARC320", 9, 29, 41, "[650, 24, 2]", notes=[(5, 22), (2, 13)]),
    Mistake("data_validation_shape", "ARC503", 11, 29, 41, "[500, 12, 2]", notes=[(2, 10)]),
    Mistake("data_no_file", "ARC501", 7, 7, 16, "tanks.npz"),
    Mistake("served_batch", "ARC320", 10, 23, 24, "1", notes=[(5, 22), (2, 13)]),
    Mistake("served_steps", "ARC503", 11, 36, 45, "[null, 2]", notes=[(2, 10)]),
    Mistake("served_misspelt", "ARC323", 11, 11, 21, "batch_sise", fix="safe"),
    Mistake("ignore_unused", "ARC480", 6, 23, 72, "# archc: ignore[ARC301, ARC302] one for all steps", fix="safe"),
    Mistake("ignore_unknown_code", "ARC480", 3, 1, 27, "# archc: ignore[E501] long", fix="safe"),
    Mistake("ignore_everything", "ARC480", 1, 1, 16, "# archc: ignore"),
    Mistake("batch_in_shape", "ARC201", 4, 5, 9, "LSTM", notes=[(2, 10)], fix="unsafe"),
    Mistake("class_weights_of_steps", "ARC335", 7, 51, 63, "class_weight", notes=[(5, 5)], fix="unsafe"),
    Mistake("classes_on_one_sigmoid", "ARC307", 6, 31, 32, "5", notes=[(5, 13)]),
    Mistake("crossentropy_over_one", "ARC332", 7, 18, 42, "categorical_crossentropy", notes=[(5, 23)], fix="unsafe"),
    Mistake("crossentropy_over_one_sparse", "ARC332", 8, 10, 39, "SparseCategoricalCrossentropy", notes=[(5, 5)]),
    Mistake("dropout_at_output", "ARC415", 6, 5, 12, "Dropout", notes=[(5, 5)], fix="unsafe"),
    Mistake("floats_looked_up", "ARC431", 6, 5, 14, "Embedding", notes=[(4, 5)]),
    Mistake("floats_looked_up_scaled", "ARC334", 4, 5, 14, "Embedding", notes=[(2, 34)]),
    Mistake("learning_rate_of_schedule", "ARC421", 10, 51, 54, "0.5", notes=[(8, 5)]),
    Mistake("logits_misread", "ARC411", 7, 18, 49, "sparse_categorical_crossentropy", notes=[(5, 5)], fix="unsafe"),
    Mistake("logits_twice", "ARC411", 7, 51, 62, "from_logits", notes=[(5, 23)], fix="unsafe"),
    Mistake("old_loss", "ARC114", 5, 18, 45, "kullback_leibler_divergence", fix="safe"),
    Mistake("old_show_accuracy", "ARC114", 5, 23, 36, "show_accuracy", fix="unsafe"),
    Mistake("out_of_reach", "ARC412", 5, 35, 42, "sigmoid", notes=[(6, 22)], fix="unsafe"),
    Mistake("out_of_reach_lstm", "ARC412", 4, 5, 9, "LSTM", notes=[(2, 37)]),
    Mistake("regularizer_called", "ARC113", 4, 42, 50, "l2(0.01)", fix="safe"),
    Mistake("repeat_vector_of_other_steps", "ARC302", 8, 10, 17, "same_as", notes=[(5, 5), (2, 10)], fix="unsafe"),
    Mistake("softmax_binary", "ARC331", 7, 18, 37, "binary_crossentropy", notes=[(5, 23)], fix="unsafe"),
    Mistake("softmax_binary_distributed", "ARC331", 8, 19, 37, "BinaryCrossentropy", notes=[(6, 23)], fix="unsafe"),
    Mistake("softmax_over_one", "ARC330", 5, 35, 42, "softmax", notes=[(5, 13)], fix="unsafe"),
    Mistake("softmax_over_one_activation", "ARC330", 6, 5, 15, "Activation", notes=[(5, 5)], fix="unsafe"),
    Mistake("softmax_over_one_distributed", "ARC330", 5, 53, 60, "softmax", notes=[(5, 31)], fix="unsafe"),
    Mistake("softmax_over_one_layer", "ARC330", 6, 5, 12, "Softmax", notes=[(5, 5)]),
    Mistake("softmax_pair_binary", "ARC331", 7, 18, 37, "binary_crossentropy", notes=[(5, 23)], fix="unsafe"),
    Mistake("sparse_loss_of_one_hot_flag", "ARC306", 7, 19, 48, "SparseCategoricalCrossentropy", notes=[(6, 10)]),
    Mistake("target_missing", "ARC333", 15, 31, 36, "alarm", notes=[(13, 1)]),
    Mistake("vectors_looked_up", "ARC307", 4, 5, 14, "Embedding", notes=[(2, 35)]),
    Mistake("batch_joined", "ARC338", 4, 25, 26, "0", fix="unsafe"),
    Mistake("checkpoint_hdf5", "ARC340", 10, 35, 52, "weights.best.hdf5", fix="safe"),
    Mistake("checkpoint_of_weights", "ARC340", 10, 35, 45, "best.keras", fix="safe"),
    Mistake("codes_next_units", "ARC307", 2, 53, 57, "9001", notes=[(6, 13)], fix="unsafe"),
    Mistake("ctc_last_step", "ARC339", 7, 18, 21, "CTC", notes=[(4, 5)], fix="unsafe"),
    Mistake("ctc_softmax", "ARC411", 7, 18, 21, "CTC", notes=[(5, 24)], fix="unsafe"),
    Mistake("ctc_steps", "ARC435", 7, 10, 15, "shape", notes=[(6, 5)]),
    Mistake("ctc_units", "ARC339", 6, 36, 38, "28", fix="unsafe"),
    Mistake("dropout_percent", "ARC434", 4, 47, 49, "20", fix="unsafe"),
    Mistake("labels_minus_one", "ARC412", 7, 54, 61, "[-1, 1]", notes=[(8, 18)]),
    Mistake("mask_lost_by_mean", "ARC404", 5, 5, 13, "ops.mean", notes=[(4, 5)]),
    Mistake("mask_lost_in_model", "ARC404", 11, 5, 8, "cnn", notes=[(10, 5), (7, 9)]),
    Mistake("masking_of_codes", "ARC404", 5, 5, 14, "Embedding", notes=[(4, 5)]),
    Mistake("metric_binary", "ARC432", 7, 54, 69, "binary_accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("metric_of_a_forecast", "ARC432", 7, 38, 46, "accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("metric_of_codes", "ARC337", 7, 64, 91, "sparse_categorical_accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("metric_of_vectors_at_steps", "ARC337", 7, 60, 80, "categorical_accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("monitor_renamed", "ARC433", 11, 41, 48, "val_acc", notes=[(9, 13)], fix="safe"),
    Mistake("monitor_unvalidated", "ARC433", 7, 36, 49, "EarlyStopping"),
    Mistake("out_of_reach_data", "ARC412", 5, 35, 42, "sigmoid", notes=[(7, 48)], fix="unsafe"),
    Mistake("softmax_over_steps", "ARC436", 6, 21, 22, "1", fix="unsafe"),
    Mistake("class_weights_from_one", "ARC441", 7, 82, 83, "3", notes=[(7, 18)], fix="unsafe"),
    Mistake("class_weights_of_labels", "ARC441", 7, 39, 51, "class_weight", notes=[(7, 18)], fix="unsafe"),
    Mistake("class_weights_of_numbers", "ARC441", 7, 23, 35, "class_weight", notes=[(7, 18)], fix="unsafe"),
    Mistake("class_weights_unknown", "ARC441", 7, 62, 63, "3", notes=[(7, 18)], fix="unsafe"),
    Mistake("class_weights_of_numbers_at_steps", "ARC335", 7, 23, 35, "class_weight", notes=[(5, 5)], fix="unsafe"),
    Mistake("sigmoid_of_classes", "ARC442", 5, 35, 42, "sigmoid", notes=[(7, 18)], fix="unsafe"),
    Mistake("sigmoid_of_classes_layer", "ARC442", 6, 5, 15, "Activation", notes=[(8, 18)], fix="unsafe"),
    Mistake("norm_after_softmax", "ARC443", 7, 5, 23, "BatchNormalization", notes=[(6, 24), (9, 18)], fix="unsafe"),
    Mistake("norm_for_softmax", "ARC443", 7, 5, 23, "BatchNormalization", notes=[(9, 18)]),
    Mistake("out_of_reach_clipped", "ARC412", 6, 5, 9, "ReLU", notes=[(7, 22)]),
    Mistake("out_of_reach_argument", "ARC412", 5, 35, 58, "{ReLU: {max_value: 20}}", notes=[(7, 25)], fix="unsafe"),
    Mistake("momentum_refused", "ARC113", 8, 52, 53, "9", fix="unsafe"),
    Mistake("clipped_twice", "ARC209", 8, 37, 46, "clipvalue"),
    Mistake("decay_steps_none", "ARC113", 8, 98, 99, "0"),
    Mistake("boundaries_too_many", "ARC209", 8, 62, 72, "boundaries"),
    Mistake("beta_above_one", "ARC440", 8, 43, 46, "999", fix="unsafe"),
    Mistake("clipped_at_zero", "ARC440", 8, 54, 55, "0", fix="unsafe"),
    Mistake("decay_rate_grows", "ARC440", 8, 115, 118, "1.5"),
    Mistake("boundaries_falling", "ARC440", 8, 74, 82, "[50, 10]", fix="unsafe"),
    Mistake("warmup_without_target", "ARC440", 8, 100, 112, "warmup_steps"),
    Mistake("learning_rate_negative", "ARC421", 8, 37, 43, "-0.001", notes=[(8, 15)], fix="unsafe"),
    Mistake("metric_precision_of_codes", "ARC337", 7, 71, 80, "Precision", notes=[(7, 18)], fix="unsafe"),
    Mistake("metrics_of_codes", "ARC337", 7, 61, 70, "Precision", notes=[(7, 72), (7, 18)]),
    Mistake("metric_iou_of_codes", "ARC337", 7, 62, 69, "MeanIoU", notes=[(7, 18)], fix="unsafe"),
    Mistake("metric_f1_at_steps", "ARC337", 7, 54, 61, "F1Score", notes=[(7, 18)]),
    Mistake("metric_best_of_all", "ARC432", 7, 61, 94, "sparse_top_k_categorical_accuracy", notes=[(7, 18)],
            fix="unsafe"),
    Mistake("metric_of_logits", "ARC432", 7, 71, 80, "Precision", notes=[(7, 19)], fix="unsafe"),
    Mistake("metric_categorical_of_one", "ARC432", 7, 49, 69, "categorical_accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("metric_exactly_equal", "ARC432", 7, 49, 57, "Accuracy", notes=[(7, 18)], fix="unsafe"),
    Mistake("class_weights_of_a_list", "ARC335", 9, 51, 63, "class_weight", notes=[(7, 1)], fix="unsafe"),
    Mistake("target_of_words", "ARC306", 6, 28, 34, "string", notes=[(7, 18)], fix="unsafe"),
    Mistake("target_of_words_in_data", "ARC306", 7, 65, 71, "string", notes=[(8, 18)], fix="unsafe"),
    Mistake("samples_differ", "ARC444", 8, 32, 36, "4000", notes=[(7, 19)], fix="unsafe"),
    Mistake("split_unused", "ARC445", 9, 23, 39, "validation_split", notes=[(8, 1)], fix="unsafe"),
    Mistake("split_leaves_nothing", "ARC506", 8, 41, 45, "0.99", notes=[(7, 8)]),
    Mistake("nothing_learns", "ARC446", 9, 5, 14, "trainable", notes=[(12, 35)], fix="unsafe"),
    Mistake("nothing_learns_layers", "ARC446", 5, 5, 14, "trainable", notes=[(6, 23), (8, 35)]),
    Mistake("steps_used_up", "ARC336", 9, 17, 18, "4", notes=[(5, 5)]),
    Mistake("steps_used_up_in_serving", "ARC336", 7, 33, 34, "3", notes=[(4, 5)]),
    Mistake("steps_used_up_of_windows", "ARC336", 10, 21, 22, "6", notes=[(4, 5)]),
    Mistake("reshape_missing", "ARC301", 7, 10, 15, "shape", notes=[(5, 5)]),
    Mistake("samples_in_target", "ARC324", 4, 18, 22, "5000", fix="safe"),
    Mistake("batch_size_in_input", "ARC324", 2, 21, 23, "32", notes=[(4, 5)], fix="safe"),
    Mistake("argument_beside_wrapped", "ARC111", 5, 34, 44, "activation", fix="safe"),
    Mistake("wrapped_beside_argument", "ARC111", 4, 21, 25, "LSTM", fix="safe"),
    Mistake("list_of_layers", "ARC113", 4, 11, 19, "[64, 32]"),
    Mistake("merge_with_mode", "ARC114", 4, 5, 10, "Merge", fix="unsafe"),
    Mistake("reshape_with_batch", "ARC203", 4, 14, 25, "[32, 10, 4]", notes=[(2, 10)], fix="unsafe"),
    Mistake("leak_initial_state", "ARC406", 12, 24, 30, "tokens", notes=[(9, 5), (10, 47), (6, 5)]),
    Mistake("leak_attention_by_hand", "ARC406", 13, 24, 30, "tokens", notes=[(6, 5)]),
    Mistake("leak_in_groups", "ARC406", 12, 24, 28, "load", notes=[(7, 5)]),
    Mistake("leak_open_steps", "ARC406", 9, 24, 30, "series", notes=[(5, 5)]),
    Mistake("leak_one_number_a_step", "ARC406", 12, 24, 36, "temperatures", notes=[(7, 5)]),
    Mistake("softmax_stretched_binary", "ARC331", 9, 18, 37, "binary_crossentropy", notes=[(5, 42)], fix="unsafe"),
    Mistake("softmax_upright_binary", "ARC331", 8, 18, 37, "binary_crossentropy", notes=[(5, 5)]),
    Mistake("softmax_clipped_binary", "ARC331", 9, 18, 37, "binary_crossentropy", notes=[(5, 5)], fix="unsafe"),
    Mistake("leak_not_shifted", "ARC406", 17, 10, 17, "same_as", notes=[(11, 5)], fix="unsafe"),
    Mistake("mask_lost_in_a_branch", "ARC404", 18, 5, 11, "reader", notes=[(16, 5), (9, 9)]),
    Mistake("steps_used_up_in_model", "ARC336", 17, 23, 29, "length", notes=[(10, 9)]),
    Mistake("softmax_averaged_binary", "ARC331", 14, 18, 37, "binary_crossentropy", notes=[(4, 23), (7, 23)],
            fix="unsafe"),
    Mistake("softmax_binary_in_model_at_steps", "ARC331", 13, 18, 37, "binary_crossentropy", notes=[(8, 27)],
            fix="unsafe"),
    Mistake("softmax_joined_binary", "ARC331", 14, 18, 37, "binary_crossentropy", notes=[(4, 23), (7, 23)]),
    Mistake("softmax_averaged_over_steps", "ARC331", 9, 18, 37, "binary_crossentropy", notes=[(5, 23)], fix="unsafe"),
    Mistake("softmax_of_several_labels", "ARC331", 9, 18, 37, "binary_crossentropy", notes=[(6, 23)], fix="unsafe"),
    Mistake("softmax_pair_at_steps", "ARC437", 8, 18, 37, "binary_crossentropy", notes=[(5, 41)], fix="unsafe"),
    Mistake("one_hot_next_step", "ARC306", 7, 18, 49, "sparse_categorical_crossentropy", notes=[(6, 10), (2, 10)],
            fix="unsafe"),
    Mistake("images_at_steps_into_lstm", "ARC201", 5, 5, 9, "LSTM", notes=[(4, 5)], fix="unsafe"),
    Mistake("old_convolution", "ARC114", 4, 21, 30, "nb_filter", notes=[(4, 36), (4, 47), (4, 58)], fix="safe"),
    Mistake("old_convolution_in_order", "ARC113", 4, 20, 30, "[32, 3, 3]", fix="unsafe"),
    Mistake("old_lstm", "ARC114", 5, 7, 17, "output_dim", notes=[(6, 7), (7, 7), (8, 7)], fix="safe"),
    Mistake("old_class_with_arguments", "ARC114", 4, 5, 20, "Deconvolution2D",
            notes=[(4, 23), (4, 37), (4, 48), (4, 59), (4, 92), (4, 111)], fix="unsafe"),
    Mistake("old_optimizer", "ARC114", 6, 34, 36, "lr", notes=[(6, 45), (6, 60)], fix="unsafe"),
    Mistake("old_fit", "ARC114", 6, 51, 59, "nb_epoch", notes=[(6, 65)], fix="unsafe"),
    Mistake("old_embedding", "ARC114", 4, 48, 60, "input_length", notes=[(4, 48), (4, 66), (4, 81)], fix="unsafe"),
    Mistake("epsilon_null", "ARC113", 6, 62, 66, "null", fix="safe"),
    Mistake("targets_swapped", "ARC301", 15, 3, 11, "forecast", notes=[(14, 3)], fix="unsafe"),
    Mistake("data_swapped", "ARC503", 10, 8, 13, "image", notes=[(10, 26), (11, 19), (11, 36)], fix="unsafe"),
    Mistake("data_and_target_swapped", "ARC503", 8, 3, 4, "y", notes=[(9, 3)], fix="unsafe"),
    Mistake("data_named_as_in_a_notebook", "ARC323", 6, 8, 15, "X_train",
            notes=[(6, 31), (7, 19), (7, 40), (2, 10)], fix="unsafe"),
    Mistake("data_named_unclearly", "ARC323", 8, 8, 10, "X1", notes=[(8, 26), (8, 44)]),
    Mistake("dead_branch", "ARC118", 7, 5, 12, "Flatten", fix="unsafe"),
    Mistake("dead_branch_of_layers", "ARC118", 7, 5, 11, "Conv2D", fix="unsafe"),
    Mistake("dead_branch_of_blocks", "ARC118", 10, 5, 10, "Dense", fix="unsafe"),
    Mistake("left_over_sample", "ARC208", 23, 5, 12, "decoder", notes=[(14, 5), (2, 10)], fix="unsafe"),
    Mistake("losses_swapped_softmax", "ARC306", 15, 17, 41, "categorical_crossentropy", notes=[(15, 49)], fix="unsafe"),
    Mistake("samples_for_steps", "ARC324", 2, 18, 22, "6682", notes=[(7, 15)], fix="unsafe"),
    Mistake("last_step_of_none", "ARC201", 6, 5, 10, "Dense", notes=[(5, 5)], fix="unsafe"),
    Mistake("times_for_repeat", "ARC101", 5, 5, 10, "times", fix="safe"),
    Mistake("losses_swapped", "ARC306", 17, 13, 44, "sparse_categorical_crossentropy", notes=[(18, 11)], fix="unsafe"),
    Mistake("channels_first", "ARC206", 5, 5, 17, "MaxPooling2D", notes=[(2, 10)], fix="unsafe"),
    Mistake("branch_without_padding", "ARC202", 9, 5, 8, "Add", notes=[(4, 5), (8, 5), (6, 5)], fix="unsafe"),
    Mistake("segmentation_without_padding", "ARC202", 10, 5, 16, "Concatenate",
            notes=[(4, 5), (9, 5), (7, 5)], fix="unsafe"),
    Mistake("segmentation_of_odd_sizes", "ARC202", 11, 5, 16, "Concatenate", notes=[(6, 5), (10, 5), (8, 5)]),
    Mistake("shortcut_of_other_channels", "ARC202", 6, 5, 8, "Add", notes=[(4, 5), (2, 10)]),
    Mistake("caption_concatenated", "ARC202", 11, 5, 16, "Concatenate", notes=[(4, 5), (9, 5), (9, 24)], fix="unsafe"),
    Mistake("caption_added", "ARC301", 14, 10, 15, "shape", notes=[(9, 24)], fix="unsafe"),
    Mistake("scale_of_what_a_layer_gives", "ARC322", 5, 39, 44, "scale", notes=[(9, 5)], fix="unsafe"),
    Mistake("scaled_in_two_ways", "ARC322", 5, 46, 54, "standard", notes=[(2, 37)], fix="unsafe"),
    Mistake("layers_that_call_each_other", "ARC117", 4, 5, 10, "right", notes=[(7, 5)]),
    Mistake("target_lacks_beside_its_like", "ARC502", 7, 1, 5, "data", notes=[(5, 5)]),
    Mistake("target_of_a_stamp", "ARC303", 10, 11, 19, "forecast", notes=[(5, 53)], fix="unsafe"),
    Mistake("einsum_bias_along_steps", "ARC204", 4, 80, 82, "bd", notes=[(2, 10)]),
    Mistake("embedding_matrix", "ARC113", 4, 57, 75, "[embedding_matrix]", fix="unsafe"),
    Mistake("states_by_position", "ARC205", 8, 5, 9, "LSTM", fix="unsafe"),
    Mistake("feedback_of_one_column", "ARC311", 9, 32, 40, "readings", notes=[(5, 5)], fix="unsafe"),
    Mistake("reshape_after_borders", "ARC203", 6, 14, 24, "[64, 1024]", notes=[(4, 5)], fix="unsafe"),
    Mistake("target_without_borders", "ARC302", 8, 10, 17, "same_as", notes=[(6, 5), (4, 5), (2, 10)], fix="unsafe"),
    Mistake("embedding_of_an_embedding", "ARC201", 6, 5, 9, "LSTM", notes=[(5, 5), (4, 5)], fix="unsafe"),
    Mistake("one_step_of_many", "ARC206", 4, 39, 40, "3", notes=[(2, 10)], fix="unsafe"),
    Mistake("vector_for_more_steps", "ARC201", 6, 5, 9, "LSTM", notes=[(5, 5)]),
    Mistake("embedding_of_scaled_codes", "ARC334", 4, 5, 14, "Embedding", notes=[(2, 48)]),
    Mistake("join_one_step", "ARC202", 7, 5, 16, "Concatenate", notes=[(4, 5), (2, 44)]),
    Mistake("target_between_axes", "ARC301", 7, 35, 46, "[800, 1, 4]", notes=[(5, 5)]),
    Mistake("vector_into_nested_lstm", "ARC201", 5, 44, 48, "LSTM", notes=[(5, 22)]),
    Mistake("filters_of_other_channels", "ARC302", 6, 37, 51, "[8, 64, 64, 3]", notes=[(4, 14)], fix="unsafe"),
    Mistake("copies_of_a_last_step", "ARC201", 6, 15, 19, "LSTM", notes=[(6, 15), (8, 5)]),
    Mistake("copies_of_every_step", "ARC301", 7, 10, 15, "shape", notes=[(4, 22)]),
    Mistake("feedback_taught_otherwise", "ARC311", 22, 37, 42, "pitch", notes=[(20, 38), (20, 75)], fix="unsafe"),
    Mistake("codes_as_output", "ARC301", 6, 10, 15, "shape", notes=[(5, 5)]),
    Mistake("image_for_one_number", "ARC301", 5, 10, 15, "shape", notes=[(4, 5)]),
    Mistake("frames_for_one_frame", "ARC301", 6, 10, 17, "same_as", notes=[(4, 5), (2, 10)]),
    Mistake("two_sigmoids_for_one_code", "ARC306", 8, 18, 37, "binary_crossentropy",
            notes=[(7, 47), (5, 5)], fix="unsafe"),
    Mistake("size_param_in_quotes", "ARC120", 5, 29, 34, "steps", notes=[(2, 17), (6, 58), (3, 20)], fix="safe"),
    Mistake("state_is_a_sequence", "ARC202", 8, 5, 8, "GRU", notes=[(9, 46), (4, 5)]),
    Mistake("states_of_one_way", "ARC205", 8, 5, 18, "Bidirectional", notes=[(9, 46), (4, 5)]),
    Mistake("softmax_of_one_class", "ARC330", 5, 35, 42, "softmax", notes=[(5, 13)], fix="unsafe"),
    Mistake("validation_of_other_classes", "ARC302", 7, 44, 52, "[200, 9]", notes=[(4, 13)]),
    Mistake("relu_for_a_probability", "ARC411", 7, 18, 37, "binary_crossentropy", notes=[(5, 23)], fix="unsafe"),
    Mistake("output_before_the_decoder", "ARC118", 7, 5, 9, "LSTM", notes=[(8, 10)]),
)  # fmt: skip
WARNINGS = (
    "nothing_learns", "nothing_learns_layers", "samples_differ", "split_unused",
    "metric_best_of_all", "metric_of_logits", "metric_categorical_of_one", "metric_exactly_equal",
    "beta_above_one", "clipped_at_zero", "decay_rate_grows", "boundaries_falling",
    "warmup_without_target", "learning_rate_negative",
    "sigmoid_of_classes", "sigmoid_of_classes_layer", "norm_after_softmax", "norm_for_softmax", "out_of_reach_clipped",
    "out_of_reach_argument",
    "class_weights_from_one", "class_weights_of_labels", "class_weights_of_numbers", "class_weights_unknown",
    "floats_looked_up",
    "reset_without_state", "weight_without_loss", "stateful_shuffle_windows",
    "data_padding", "near_param", "next_step_seen", "time_distributed_open_steps",
    "ignore_unused", "ignore_unknown_code", "ignore_everything",
    "logits_misread", "logits_twice", "out_of_reach", "out_of_reach_lstm",
    "dropout_at_output", "learning_rate_of_schedule",
    "ctc_softmax",
    "ctc_steps",
    "dropout_percent",
    "labels_minus_one",
    "mask_lost_by_mean",
    "mask_lost_in_model",
    "masking_of_codes",
    "metric_binary",
    "metric_of_a_forecast",
    "monitor_renamed",
    "monitor_unvalidated",
    "out_of_reach_data",
    "softmax_over_steps",
    "leak_open_steps", "leak_one_number_a_step", "leak_in_groups",
    "leak_initial_state", "leak_attention_by_hand", "mask_lost_in_a_branch",
    "softmax_pair_at_steps", "leak_not_shifted",
    "relu_for_a_probability", "linear_chain", "padding_given_back", "time_distributed_twice",
)  # fmt: skip


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def check(text: str) -> Report:
    return archcompiler.check(io.StringIO(text))


def test_every_file_is_listed() -> None:
    assert sorted(one.name for one in MISTAKES) == sorted(file.stem for file in FOLDER.glob("*.yaml"))
    assert {file.stem for file in FOLDER.glob("*.out")} <= {one.name for one in MISTAKES}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_one_mistake_is_told_once(mistake: Mistake) -> None:
    text = text_of(mistake.name)
    report = check(text)
    assert [one.code for one in report.diagnostics] == [mistake.code]
    found = report.diagnostics[0]
    assert found.severity == ("warning" if mistake.name in WARNINGS else "error")
    assert report.ok == (mistake.name in WARNINGS)
    span = found.span
    assert span is not None
    assert (span.line, span.column, span.end_line, span.end_column) == (
        mistake.line, mistake.column, mistake.line, mistake.end_column
    )  # fmt: skip
    assert text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1] == mistake.word
    places = [(note.span.line, note.span.column) for note in found.notes if note.span]
    assert places == list(mistake.notes)
    assert found.help or found.notes
    assert (found.fix.applicability if found.fix else None) == mistake.fix


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.fix], ids=lambda one: one.name)
def test_the_fix_mends_the_spec(mistake: Mistake) -> None:
    text = text_of(mistake.name)
    fix = check(text).diagnostics[0].fix
    assert fix is not None
    report = check(apply(text, fix.edits))
    assert report.ok and report.diagnostics == ()
    assert report.graph is not None


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_what_is_printed(mistake: Mistake) -> None:
    """The whole text, as `check` prints it; `UPDATE_SNAPSHOTS=1` writes it anew."""
    path = f"{mistake.name}.yaml"
    with (FOLDER / path).open(encoding="utf-8") as file:
        text = file.read()
    stream = io.StringIO(text)
    stream.name = path  # type: ignore[attr-defined]
    printed = str(archcompiler.check(stream)) + "\n"
    snapshot = FOLDER / f"{mistake.name}.out"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(printed, encoding="utf-8")
    assert printed == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("axis", "param", "told"),
    [
        ("nsteps", "n_steps", True), ("step", "steps", True), ("lenght", "length", True),
        ("sources_steps", "source_steps", True),
        ("feature_cuont", "feature_count", True), ("Width", "width", True), ("source_steps", "source_words", False),
        ("target_steps", "target_words", False), ("left_steps", "right_steps", False), ("steps_a", "steps_b", False),
        ("steps1", "steps2", False), ("n_steps", "m_steps", False), ("rows", "cols", False),
        ("steps", "n_steps", False),
        ("hour", "hours_ahead", False), ("width", "depth", False), ("days", "dogs", False),
    ],
)  # fmt: skip
def test_only_a_misspelt_axis_is_told(axis: str, param: str, told: bool) -> None:
    report = check(f"archcompiler: 1\nparams: {{{param}: 4}}\ninputs: {{x: [{axis}, 2]}}\nlayers: [{{LSTM: 3}}]\n")
    assert [one.code for one in report.diagnostics] == (["ARC403"] if told else [])


@pytest.mark.parametrize(
    ("item", "help"),
    [
        ("BatchNorm", "`BatchNormalization`"), ("BatchNormalisation", "`BatchNormalization`"), ("Conv2d", "`Conv2D`"),
        ("LSTMLayer", "`LSTM`"), ("Softmax1", "`Softmax`"), ("Linear", "`Dense`"),
        ("BatchNorm1d", "`BatchNormalization`"),
        ("ReLu", "`ReLU`"), ("MaxPool1d", "`MaxPool1D`"), ("CuDNNLSTM", "`LSTM`"), ("Merge", "`Concatenate`, `Add`"),
        ("Highway", "write it as a block"), ("ops.concat", "`ops.concatenate`"), ("ops.unsqueeze", "`ops.expand_dims`"),
        ("ops.permute", "`ops.transpose`"), ("ops.cat", "`ops.concatenate`"), ("ops.mul", "`ops.multiply`"),
        ("ops.sofmax", "`ops.softmax`"), ("mean", "`ops.mean`"), ("keras.layers.GRU", "`GRU`"),
        ("nn.Linear", "`Dense`"),
        ("BiLSTM", "`Bidirectional: {LSTM: …}`"), ("Tanh", "`Activation: tanh`"), ("Conv", "`Conv1D` over steps"),
        ("Flatten()", "`- Flatten`"), ("Zorp", "`archcompiler layers`"),
        ("Dense: {hidden_size: 3}", "`units`"), ("LSTM: {units: 3, return_seq: true}", "`return_sequences`"),
        ("MultiHeadAttention: {heads: 2, key_dim: 3}", "`num_heads`"),
        ("Conv1D: {filters: 3, size: 3}", "`kernel_size`"),
        ("Embedding: {vocab_size: 3, output_dim: 3}", "`input_dim`"),
        ("Embedding: {input_dim: 3, dim: 3}", "`output_dim`"), ("Embedding: {vocab: 3, output_dim: 3}", "`input_dim`"),
        ("Bidirectional: {LSTM: 3, merge: sum}", "`Bidirectional: {layer: {LSTM: 3}, merge_mode: sum}`"),
        ("Bidirectional: {LSTM: 3, return_sequence: true}", "`{LSTM: {units: 3, return_sequences: true}}`"),
        ("Dense: {units: 3, 7: 1}", "its arguments are"),
        ("Dense: {units: 3, kernel: zeros}", "its arguments are"),
        ("LSTM: 64, return_sequences=True", "`LSTM: {units: 64, return_sequences: true}`"),
        ("Conv1D: (32, 3)", "`Conv1D: {filters: 32, kernel_size: 3}`"), ("Dense: 10, no such thing, 3, x", "integer"),
    ],
)  # fmt: skip
def test_what_was_meant(item: str, help: str) -> None:
    """Other words for layers, operations and arguments, shortened ones, and calls of Python."""
    [found] = check(layers(item)).diagnostics
    assert found.help is not None and help in found.help


def test_a_class_is_meant_by_its_capital_letter() -> None:
    head = "inputs: {x: [8, 8, 3]}\nblocks: {conv: {layers: [{Conv2: {filters: 3, kernel_size: 3}}]}}"
    [found] = check(layers("conv", head=head)).diagnostics
    assert found.help == "did you mean `Conv2D`?"


def test_other_words_are_for_what_there_is() -> None:
    for section, words in synonyms.CLASSES.items():
        part = catalog().sections[section]
        known = {*part.entries, *part.aliases, *part.strings}
        assert set(words.values()) <= known
        assert not {word for word in words if word in known}
    arguments = {name for one in catalog().sections["layers"].entries.values() for name in one.arguments}
    assert set(synonyms.ARGUMENTS.values()) <= arguments
    for layer, words in synonyms.ARGUMENTS_OF.items():
        assert set(words.values()) <= set(catalog().sections["layers"].entries[layer].arguments)


@pytest.mark.parametrize("item", ["enc: {}", "enc:", "twice: {}", "{enc: {}}"])
def test_an_empty_mapping_gives_nothing(item: str) -> None:
    head = "inputs: {x: [3]}\nmodels: {enc: {inputs: {y: [3]}, layers: [{Dense: 3}]}}"
    assert not check(layers("Dense: 3\n    name: twice", "enc", item, head=head)).diagnostics


def layers(*items: str, head: str = "inputs: {readings: [24, 2]}") -> str:
    return f"archcompiler: 1\n{head}\nlayers:\n" + "".join(f"  - {item}\n" for item in items)


LSTM_LSTM = ("LSTM: 32", "LSTM: {units: 8, return_sequences: true}")
COMBINATIONS: dict[str, tuple[str, list[tuple[str, int]]]] = {
    "two in a row, independent": (
        layers("LSTM: {units: 8, retrun_sequences: true}", "Dense: {units: 4, activaton: relu}"),
        [("ARC111", 4), ("ARC111", 5)],
    ),
    "two in one layer": (
        layers("LSTM: {unit: 8, retrun_sequences: true}"),
        [("ARC111", 4), ("ARC111", 4)],
    ),
    "what follows a wrong rank is silent": (
        layers(*LSTM_LSTM, "LSTM: 4", "Dense: 1", "RepeatVector: 3"),
        [("ARC201", 5)],
    ),
    "what follows an unknown layer is silent": (
        layers("LSMT: 32", "RepeatVector: 3", "RepeatVector: 3"),
        [("ARC110", 4)],
    ),
    "a mistake on each of two branches": (
        "archcompiler: 1\ninputs: {a: [5, 2], b: [5, 2]}\nlayers:\n"
        "  - RepeatVector: 3\n    name: left\n    from: a\n"
        "  - Reshape: [7]\n    name: right\n    from: b\n"
        "  - Concatenate:\n    from: [left, right]\n  - LSTM: 3\n",
        [("ARC201", 4), ("ARC203", 7)],
    ),
    "a mistake and what joins it": (
        "archcompiler: 1\ninputs: {a: [5, 2], b: [6, 2]}\nlayers:\n"
        "  - RepeatVector: 3\n    name: left\n    from: a\n"
        "  - Concatenate:\n    from: [left, b]\n  - LSTM: 3\n",
        [("ARC201", 4)],
    ),
    "a param and all that uses it": (
        'archcompiler: 1\nparams: {width: "${8 // 0}", half: "${width // 2}"}\ninputs: {x: [width, 2]}\nlayers:\n'
        '  - LSTM: "${width}"\n  - Dense: {units: "${half}", activation: relu}\n    name: "d${half}"\n'
        "target: {shape: [half]}\n",
        [("ARC107", 2)],
    ),
    "a wrong nested model, and its calls": (
        "archcompiler: 1\ninputs: {x: [5, 2]}\nmodels:\n  m:\n    inputs: {y: [5, 2]}\n    layers:\n"
        "      - LSTM: 3\n      - LSTM: 3\nlayers:\n  - m\n  - TimeDistributed: m\n  - Dense: 1\n",
        [("ARC201", 8)],
    ),
    "a wrong nested model, and a wrong layer elsewhere": (
        "archcompiler: 1\ninputs: {x: [5, 2]}\nmodels:\n  m:\n    inputs: {y: [5, 2]}\n    layers:\n"
        "      - LSTM: 3\n      - LSTM: 3\nlayers:\n  - RepeatVector: 4\n    name: other\n    from: x\n"
        "  - m:\n    from: x\n  - Concatenate:\n    from: [m, other]\n",
        [("ARC201", 8), ("ARC201", 10)],
    ),
    "a wrong input, and the layers on it": (
        "archcompiler: 1\ninputs:\n  x: {shape: [-1, 2]}\n  y: [5, 2]\nlayers:\n"
        "  - LSTM: 3\n    name: a\n    from: x\n  - RepeatVector: 3\n    name: b\n    from: y\n"
        "  - Concatenate:\n    from: [a, b]\n",
        [("ARC120", 3), ("ARC201", 9)],
    ),
    "an item that cannot be read, and what refers to it": (
        layers("64", "LSTM: 8", "Add:\n    from: [lost, found]"),
        [("ARC115", 4)],
    ),
    "a name that is none, and what refers to it": (
        layers("LSTM: 8\n    name: my-lstm", "Dense: 4\n    from: my-lstm", "Dense: 2\n    from: my-lstm"),
        [("ARC105", 5)],
    ),
    "a circle, and a mistake outside of it": (
        layers("Dense: 2\n    name: a\n    from: b", "Dense: 2\n    name: b\n    from: a",
               "Reshape: [7]\n    from: readings"),
        [("ARC117", 6), ("ARC203", 10)],
    ),
    "two circles": (
        layers("Dense: 2\n    name: a\n    from: b", "Dense: 2\n    name: b\n    from: a",
               "Dense: 2\n    name: c\n    from: d", "Dense: 2\n    name: d\n    from: c"),
        [("ARC117", 6), ("ARC117", 12)],
    ),
    "a shape and a loss": (
        layers(*LSTM_LSTM) + "training: {optimizer: admm, loss: mse}\n",
        [("ARC201", 5), ("ARC113", 6)],
    ),
    "a wrong rank, and the target of what it would have been": (
        layers(*LSTM_LSTM) + "targets: {lstm_1: {shape: [9, 9, 9]}}\ntraining: {loss: mse}\n",
        [("ARC201", 5)],
    ),
    "outputs that name nothing, and their targets": (
        layers("LSTM: 8\n    name: a", "Dense: 1\n    name: b")
        + "outputs: [zzz, b]\ntargets: {yyy: {shape: [1]}, b: {shape: [3]}}\ntraining: {loss: {yyy: mse, b: mse}}\n",
        [("ARC116", 8), ("ARC302", 9)],
    ),
    "an output that is left out, in targets and training": (
        layers("LSTM: 8\n    name: a", "Dense: 1\n    name: b")
        + "targets: {c: {shape: [1]}}\ntraining: {loss: {c: mse}, metrics: {c: [mae]}, loss_weights: {c: 1.0}}\n",
        [("ARC303", 9)],
    ),
    "several keys of a section": (
        "archcompiler: 1\nnmae: x\ninputs: {x: [3]}\nlayers: [{Dense: 1}]\ntraining: {epochs: many, shufle: true}\n",
        [("ARC101", 2), ("ARC103", 5), ("ARC101", 5)],
    ),
    "a batch size in quotes": (
        layers("LSTM: {units: 8, stateful: true}", head='inputs: {x: [5, 2]}\nbatch_size: "20"'),
        [("ARC103", 3)],
    ),
    "a batch that fits neither the data nor the training": (
        layers("LSTM: {units: 8, stateful: true}", head="inputs: {x: [5, 2]}\nbatch_size: 21")
        + "data: {x: [1000, 5, 2], lstm: [1000, 8]}\ntraining: {loss: mse, shuffle: false, batch_size: 20}\n",
        [("ARC320", 7)],
    ),
    "an input that has not the steps of the data, nor has the target": (
        layers("LSTM: {units: 8, return_sequences: true}", head="inputs: {x: [46, 2]}")
        + "data: {x: [100, 45, 2], lstm: [100, 45, 8]}\ntraining: {loss: mse}\n",
        [("ARC503", 5)],
    ),
    "an input of other steps than the data, and a target of other units": (
        layers("LSTM: {units: 8, return_sequences: true}", head="inputs: {x: [46, 2]}")
        + "data: {x: [100, 45, 2], lstm: [100, 46, 9]}\ntraining: {loss: mse}\n",
        [("ARC503", 5), ("ARC302", 5)],
    ),
    "two outputs that are to be one input": (
        layers("LSTM: {units: 8, return_sequences: true}\n    name: h", "Dense: 3\n    name: now",
               "Dense: 3\n    name: after\n    from: h", head="inputs: {x: [10, 4]}")
        + "outputs: [now, after]\ntargets: {now: {same_as: x}, after: {next_step_of: x}}\ntraining: {loss: mse}\n",
        [("ARC302", 12)],
    ),
    "an output without steps, and a weight for each step": (
        layers("LSTM: 8", head="inputs: {x: [10, 4]}")
        + "data: {x: [64, 10, 4], lstm: [64, 10, 8], sample_weight: [64, 10]}\ntraining: {loss: mse}\n",
        [("ARC301", 5)],
    ),
    "units for other classes than the target has, fed back": (
        "archcompiler: 1\ninputs: {w: [40, 57]}\nlayers: [{LSTM: 8}, {Dense: {units: 56, activation: softmax}}]\n"
        "target: {shape: [], classes: 57}\ntraining: {loss: sparse_categorical_crossentropy}\n"
        "generation: {feedback: {dense: w}, steps: 4, window: 40, sample: greedy}\n",
        [("ARC307", 4)],
    ),
    "a recurrent layer over images without steps, and a target with them": (
        layers("ConvLSTM2D: {filters: 4, kernel_size: 3}", "Conv3D: {filters: 1, kernel_size: 3}",
               head="inputs: {x: [5, 16, 16, 1]}") + "target: {shape: [5, 16, 16, 1]}\ntraining: {loss: mse}\n",
        [("ARC201", 5)],
    ),
    "what cannot be read, and a mistake of the language": (
        "archcompiler: 1\ninputs: {x: [3]}\nlayers: [{Dense: {units:4}}, {Dnse: 1}]\n",
        [("ARC001", 3), ("ARC110", 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMBINATIONS)
def test_several_mistakes(name: str) -> None:
    """Each mistake is told, in the order of the file, and nothing that only follows from one."""
    text, expected = COMBINATIONS[name]
    report = check(text)
    assert [(one.code, one.span.line if one.span else 0) for one in report.diagnostics] == expected
    assert not report.ok
    if any(code.startswith("ARC2") for code, _ in expected):
        assert report.graph is None
