"""Rules: what Keras runs and is wrong for certain, and hazards, which are likely not meant. One a file; its docstring
is its manual page, its examples are tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archcompiler.diagnostics import Loc, Problem
from archcompiler.lint import (
    alike_units,
    batch_changed,
    bias_before_norm,
    checkpoint_path,
    class_weights,
    class_weights_misread,
    computed_codes,
    crossentropy_over_one,
    ctc_output,
    ctc_room,
    deep_chain,
    dropout_at_output,
    dropout_before_norm,
    dropout_rate,
    floats_looked_up,
    high_dropout,
    learning_rate,
    logits_misread,
    long_unroll,
    mask_lost,
    metric_misfit,
    metric_misread,
    monitor_missing,
    no_effect,
    norm_at_output,
    nothing_learns,
    one_unit,
    optimizer_argument,
    out_of_reach,
    padding_counted,
    samples_differ,
    samples_in_shape,
    sigmoid_of_classes,
    slow_kernel,
    softmax_axis,
    softmax_binary,
    softmax_inside,
    softmax_over_one,
    softmax_pair,
    spare_units,
    split_unused,
    stacked_linear,
    stateful_jax,
    stateful_shuffle,
    steps_used_up,
    target_missing,
    target_seen,
    target_unused,
    time_distributed_steps,
    training_overridden,
    two_activations,
    unused_model,
)
from archcompiler.lint.subject import Rule, Subject

RULES: tuple[Rule, ...] = (
    softmax_over_one.RULE,
    softmax_binary.RULE,
    crossentropy_over_one.RULE,
    target_missing.RULE,
    floats_looked_up.RULE,
    class_weights.RULE,
    class_weights_misread.RULE,
    stateful_shuffle.RULE,
    mask_lost.RULE,
    unused_model.RULE,
    target_seen.RULE,
    time_distributed_steps.RULE,
    padding_counted.RULE,
    logits_misread.RULE,
    out_of_reach.RULE,
    stacked_linear.RULE,
    two_activations.RULE,
    dropout_at_output.RULE,
    high_dropout.RULE,
    bias_before_norm.RULE,
    dropout_before_norm.RULE,
    alike_units.RULE,
    one_unit.RULE,
    learning_rate.RULE,
    slow_kernel.RULE,
    long_unroll.RULE,
    deep_chain.RULE,
    stateful_jax.RULE,
    target_unused.RULE,
    spare_units.RULE,
    samples_in_shape.RULE,
    softmax_inside.RULE,
    computed_codes.RULE,
    training_overridden.RULE,
    steps_used_up.RULE,
    metric_misfit.RULE,
    batch_changed.RULE,
    ctc_output.RULE,
    checkpoint_path.RULE,
    nothing_learns.RULE,
    metric_misread.RULE,
    monitor_missing.RULE,
    no_effect.RULE,
    dropout_rate.RULE,
    ctc_room.RULE,
    softmax_axis.RULE,
    samples_differ.RULE,
    split_unused.RULE,
    optimizer_argument.RULE,
    sigmoid_of_classes.RULE,
    norm_at_output.RULE,
    softmax_pair.RULE,
)


def findings(subject: Subject) -> Iterator[Problem]:
    """What the rules tell: those that are there by default, and those that the settings ask for. A layer that is
    stamped or repeated is told of once."""
    stamps = {name: node.stamps for graph in reversed(subject.graphs) for name, node in graph.nodes.items()}
    for rule in RULES:
        if not rule.default and rule.code not in subject.settings.select:
            continue
        told: set[tuple[Loc, tuple[Loc, ...]]] = set()
        for problem in rule.find(subject):
            within = stamps.get(problem.layer or "", ())
            if (problem.loc, within) not in told:
                told.add((problem.loc, within))
                yield replace(problem, stamps=within) if within and not problem.stamps else problem
