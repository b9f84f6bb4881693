"""TensorFlow starts once in each test process, before anything else, and quietly."""

from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()
