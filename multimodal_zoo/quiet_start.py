"""TensorFlow without the remarks that it writes to stderr at every start."""

from __future__ import annotations

import os
import sys
import tempfile


def load_tensorflow() -> None:
    """Import TensorFlow and keep back its remarks on build and drivers.

    No setting keeps them away: its C++ code writes them before logging is set up. They are shown if the
    import fails, and with MULTIMODAL_ZOO_DEBUG=1.
    """
    if "tensorflow" in sys.modules or debugging():
        return
    # 3: what fails is raised in Python, too, and oneDNN calls it an error at every start that it leaves integers alone.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            import tensorflow as tf

            # Looks for GPUs, and complains here where there are none; it does not start the runtime.
            tf.config.list_physical_devices()
            # In a notebook it would tell of every file that it writes; warnings are shown.
            tf.get_logger().setLevel("WARNING")
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def debugging() -> bool:
    """Whether a person asked to see what is normally kept off the screen."""
    return os.environ.get("MULTIMODAL_ZOO_DEBUG") == "1"
