"""A saved model is read back by the names of its classes, so no two may have the same."""

import importlib
import pkgutil

import keras

import multimodal_zoo

# The first runs the command line, the second only inside a Triton server.
NOT_HERE = ("multimodal_zoo.__main__", "multimodal_zoo.export.triton_model")


def registered_classes():
    """Every class of the package that is registered with Keras, by module."""
    for found in pkgutil.walk_packages(multimodal_zoo.__path__, "multimodal_zoo."):
        if found.name in NOT_HERE:
            continue
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == found.name:
                name = keras.saving.get_registered_name(value)
                if name.startswith("multimodal_zoo>"):
                    yield name, value


def test_every_class_is_found_under_its_own_name():
    classes = dict.fromkeys(registered_classes())
    assert len(classes) > 50
    taken = [
        f"{name}: {value.__module__} and {keras.saving.get_registered_object(name).__module__}"
        for name, value in classes
        if keras.saving.get_registered_object(name) is not value
    ]
    assert not taken, f"two classes are saved under one name: {taken}"
