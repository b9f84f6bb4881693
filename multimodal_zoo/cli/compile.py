"""`compile`: embedding tables and LSTMs train faster on this machine from then on."""

from __future__ import annotations

from rich.text import Text

from multimodal_zoo.cli.options import AsJson
from multimodal_zoo.cli.output import Answer
from multimodal_zoo.quiet_start import load_tensorflow


def compile_command(as_json: AsJson = False) -> Answer:
    """Make tables and LSTMs train faster here.

    Compiles operations of training for this processor, once: lookups in embedding tables, their step by the optimiser
    lazy_adam, which `train` takes for large tables, and the steps of an LSTM. It takes a C++ compiler. Later trainings
    use them by themselves; exports contain none.
    """
    load_tensorflow()

    from multimodal_zoo.native import compile_operations

    compiled = compile_operations()
    return Answer({"compiled": str(compiled)}, [Text(f"Compiled: {compiled}")])
