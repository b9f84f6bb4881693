"""The networks that the slow tests of runtimes and servers look at: pictures and texts, ids and numbers, sounds.

What every registered model owes, its export included, the contract suite asks.
"""

FLAGSHIPS = ("audio_visual_fusion", "deepfm", "lstnet_diagnosis")
