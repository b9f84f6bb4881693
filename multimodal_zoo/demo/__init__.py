"""A page in the browser where a person asks networks; see `app.demo_app`.

Nothing is imported here, so that a missing extra is told before TensorFlow starts.
"""
