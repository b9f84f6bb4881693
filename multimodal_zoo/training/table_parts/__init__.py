"""Tables too large for one worker: each holds a part of the rows, and a step exchanges those that its batch needs."""
