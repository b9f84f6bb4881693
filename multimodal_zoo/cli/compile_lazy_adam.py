"""`compile-lazy-adam`: large embedding tables train faster on this machine from then on."""

from __future__ import annotations

from rich.text import Text

from multimodal_zoo.cli.options import AsJson
from multimodal_zoo.cli.output import Answer
from multimodal_zoo.quiet_start import load_tensorflow


def compile_lazy_adam(as_json: AsJson = False) -> Answer:
    """Make large embedding tables train faster here.

    Compiles their step by LazyAdam as one operation for this processor, once; it takes a C++ compiler. Later trainings
    with the optimiser lazy_adam, which `train` takes for large tables, use it by themselves.
    """
    load_tensorflow()

    from multimodal_zoo.training.optimizers import compile_lazy_adam as compiled_for_this_machine

    compiled = compiled_for_this_machine()
    return Answer({"compiled": str(compiled)}, [Text(f"Compiled: {compiled}")])
