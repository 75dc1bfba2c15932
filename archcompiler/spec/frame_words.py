"""What the keys of a spec's frame are, in words."""

from __future__ import annotations

from collections.abc import Mapping

MISSING: Mapping[str, str] = {
    "layers": "list the layers: `layers: [{LSTM: 32}, {Dense: 1}]`",
    "inputs": "name what the model takes: `inputs: {readings: [steps, 2]}`",
    "shape": "write the sizes without the batch axis: `shape: [steps, 2]`",
    "outputs": "name what the model gives: `outputs: [forecast, kind]`",
    "models": "write `models: {encoder: {inputs: …, layers: …}}`",
    "blocks": "write `blocks: {residual: {params: {units: 64}, layers: […]}}`",
    "params": "write `params: {units: 64}`, or remove it",
    "name": "write a word, for example `name: next_word`",
    "description": "write one sentence",
    "batch_size": "write for example `batch_size: 32`",
    "targets": "write `targets: {forecast: {shape: [steps, 1]}}`",
    "target": "write `target: {shape: [1]}`",
    "same_as": "name an input",
    "next_step_of": "name an input",
    "dtype": "write for example `dtype: int32`",
    "topology": "write for example `topology: many_to_one`",
    "training": "write `training: {optimizer: adam, loss: mse}`",
    "data": "write `data: {readings: [5000, 24, 2]}`, batch axis first, or the path of a file",
    "validation_data": "write `validation_data: {readings: [500, 24, 2]}`, batch axis first, or the path of a file",
    "serving": "write for example `serving: {batch_size: 1}`",
    "optimizer": "write `optimizer: adam`, or `optimizer: {Adam: {learning_rate: 0.001}}`",
    "loss": "write `loss: mse`, or `loss: {Huber: {delta: 2.0}}`",
    "loss_weights": "write `loss_weights: {forecast: 1.0}`",
    "metrics": "write `metrics: [mae]`",
    "generation": "write `generation: {feedback: {forecast: readings}, steps: 48}`",
    "feedback": "write `feedback: {OUTPUT: INPUT}`, for example `feedback: {forecast: readings}`",
    "sample": "write `sample: greedy`, or `sample: {temperature: 0.8}`",
    "temperature": "write a number above 0, for example `temperature: 0.8`; `sample: greedy` takes the likeliest token",
    "top_p": "write a share of the probability, for example `top_p: 0.9`",
    "windows": "write for example `windows: {length: 24, stride: 1}`",
    "length": "write for example `windows: {length: 24}`",
    "reset_states": "write `epoch`, `sequence` or `never`",
    "scale": "write `standard` (mean 0, deviation 1) or `minmax` (0 to 1)",
    "columns": "list the columns, for example `columns: [temp_max, temp_min]`",
    "lengths": "write `lengths: varying`, or remove it",
    "range": "write the least number and the greatest: `range: [0, 255]`",
    "classes": "write how many there are, for example `classes: 10`",
    "one_hot": "write `one_hot: true`, or remove it",
    "samples": "write how many there are, for example `samples: 5000`",
    "exports": "write `exports: {encoder: {inputs: words, outputs: encoder.h}}`",
    "include": "write the path of a file, or a list of them: `include: [common/blocks.yaml]`",
    "start": "write the code of a token, for example `start: 1`",
    "stop": "write the code of a token, for example `stop: 2`",
    "window": "write how many steps the model sees, for example `window: 40`",
    "steps": "write how many steps are generated, for example `steps: 48`",
    "top_k": "write how many tokens are drawn among, for example `top_k: 40`",
    "class_weight": "write `class_weight: {0: 1.0, 1: 20.0}`",
    "epochs": "write for example `epochs: 20`",
    "shuffle": "write `shuffle: false` where state runs on from batch to batch",
    "validation_split": "write for example `validation_split: 0.1`",
    "callbacks": "write `callbacks: [{EarlyStopping: {patience: 3}}]`",
}
"""What to write for a key."""

PLACES: Mapping[str, str] = {
    "temperature": "a number above 0", "top_p": "a number above 0, 1 at most",
    "feedback": "a mapping of outputs to inputs", "generation": "a mapping", "windows": "a mapping with a `length`",
    "sample": "`greedy` or a mapping",
    "shape": "a list of sizes", "inputs": "a mapping of names to shapes", "layers": "a list of layers",
    "outputs": "a name, a list of names, or a mapping of names to layers", "models": "a mapping of names to models",
    "blocks": "a mapping of names to blocks",
    "params": "a mapping of names to values", "targets": "a mapping of outputs to targets",
    "data": "a mapping of names to shapes, or the path of a file",
    "validation_data": "a mapping of names to shapes, or the path of a file",
    "serving": "a mapping of `batch_size` and names of inputs",
    "training": "a mapping", "optimizer": "a name or `Name: arguments`", "loss": "a name or `Name: arguments`",
    "metrics": "a list of metrics", "callbacks": "a list of callbacks", "target": "a mapping",
    "topology": "one of one_to_one, one_to_many, many_to_one and many_to_many", "dtype": "the name of a dtype",
    "class_weight": "a mapping of classes to numbers", "loss_weights": "a mapping of outputs to numbers",
}  # fmt: skip
"""What a key is."""

KINDS: Mapping[str, str] = {
    "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false", "string_type": "a string",
    "list_type": "a list", "dict_type": "a mapping", "greater_than": "a positive whole number",
    "less_than_equal": "a positive whole number of at most 2,147,483,647",
    "greater_than_equal": "a number from 0 to 1, 1 not included", "less_than": "a number from 0 to 1, 1 not included",
    "model_type": "a mapping", "dataclass_type": "a mapping", "finite_number": "a number",
}  # fmt: skip
"""What pydantic's kinds of errors expect."""
