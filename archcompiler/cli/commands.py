"""The commands. Each is loaded when it is called; what `--help` says of them stands here."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import click

import archcompiler
from archcompiler.suggest import closest


class Command(NamedTuple):
    """A command, the module that holds it as `command`, and its help in a line."""

    name: str
    module: str
    help: str


COMMANDS: tuple[Command, ...] = (
    Command("check", "archcompiler.cli.check", "Check specs: shapes, dtypes, arguments, targets, state."),
    Command("emit", "archcompiler.cli.emit", "Write a spec as Keras code."),
    Command("build", "archcompiler.cli.build", "Build a spec's Keras model and save it."),
    Command("train", "archcompiler.cli.train", "Train a spec's model on a data file."),
    Command("generate", "archcompiler.cli.generate", "Go on alone from known steps, with a trained model."),
    Command("show", "archcompiler.cli.show", "Show a spec's layers with shapes and parameters."),
    Command("resolve", "archcompiler.cli.resolve", "Write a spec with everything in it expanded."),
    Command("fmt", "archcompiler.cli.fmt", "Lay specs out in one way, comments and all."),
    Command("diff", "archcompiler.cli.diff", "Say what differs between two architectures."),
    Command("init", "archcompiler.cli.init", "Write a commented spec to start from."),
    Command("layers", "archcompiler.cli.layers", "List Keras's layers, or tell all about one."),
    Command("explain", "archcompiler.cli.explain", "Explain a diagnostic, such as ARC201."),
    Command("schema", "archcompiler.cli.schema", "Print the JSON Schema of the language, for editors."),
)
_BY_NAME = {command.name: command for command in COMMANDS}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_BY_NAME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = _BY_NAME.get(cmd_name)
        return import_module(known.module).command if known else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _BY_NAME and not name.startswith("-"):
            near = closest(name, _BY_NAME)
            raise click.UsageError(f"there is no command {name!r}" + (f"; did you mean {near}?" if near else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(command.name, command.help) for command in COMMANDS])


group = _Group(
    "archcompiler",
    help="Check YAML specs of Keras sequence models, and turn them into Keras code or models.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)
click.version_option(archcompiler.__version__, prog_name="archcompiler", message="%(prog)s %(version)s")(group)
