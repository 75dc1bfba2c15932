"""Pictures: the losses of a training, and the steps that were generated behind those known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archcompiler.output import whole_file


def _axes(title: str) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    plot: Any = pyplot
    figure, axes = plot.subplots(figsize=(8, 3.2), layout="constrained")
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    from matplotlib import pyplot

    pyplot.close(figure)


def plot_losses(rows: list[dict[str, float]], title: str, *paths: Path) -> None:
    """The loss of each epoch, in training and in validation."""
    for path in paths:
        figure, axes = _axes(title)
        epochs = [row["epoch"] for row in rows]
        for name, label in (("loss", "training"), ("val_loss", "validation")):
            if rows and name in rows[0]:
                axes.plot(epochs, [row[name] for row in rows], marker="." if len(rows) < 60 else None, label=label)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.legend(frameon=False)
        _save(figure, path)


def plot_sequence(known: Any, generated: Any, title: str, path: Path, names: tuple[str, ...] = ()) -> None:
    """One sequence: known steps (steps, features) and, behind them, the generated ones."""
    figure, axes = _axes(title)
    known, generated = (one.reshape(len(one), -1) for one in (known, generated))
    before = range(len(known))
    after = range(len(known) - 1, len(known) + len(generated))
    for feature in range(generated.shape[1]):
        name = names[feature] if feature < len(names) else f"feature {feature}"
        (line,) = axes.plot(before, known[:, feature], alpha=0.55, label=f"{name}, known")
        joined = [known[-1, feature], *generated[:, feature]]
        axes.plot(after, joined, color=line.get_color(), linewidth=2, linestyle="--", label=f"{name}, generated")
    axes.axvline(len(known) - 1, color="grey", linewidth=0.8)
    axes.set_xlabel("step")
    if generated.shape[1] <= 4:
        axes.legend(frameon=False, fontsize=8, ncols=2)
    _save(figure, path)
