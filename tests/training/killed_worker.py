"""A worker of a job that kills itself once on the way, as a machine that fails does."""

import json
import os
import signal

import keras


class Killed(keras.callbacks.Callback):
    """Ends the process before its tenth step, unless the file `mark` says that this has been."""

    def __init__(self, mark):
        super().__init__()
        self.mark = mark

    def on_train_batch_begin(self, batch, logs=None):
        if self.model.optimizer.iterations.numpy() == 9 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def watch(model, worker, results):
    """Have the second worker killed once, and `history-<worker>.json` tell the epochs that were run at the end."""
    plain = model.fit

    def watched(*arguments, callbacks, **named):
        killed = [Killed(results / "killed")] if worker == 1 else []
        history = plain(*arguments, callbacks=[*callbacks, *killed], **named)
        (results / f"history-{worker}.json").write_text(json.dumps({"epoch": history.epoch, **history.history}))
        return history

    model.fit = watched
