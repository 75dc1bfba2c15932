"""From a plan to a `keras.Model`; with `decompile`, the only room that imports Keras."""
