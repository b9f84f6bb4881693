import keras
import pytest

from multimodal_zoo import registry
from multimodal_zoo.modalities import Categorical, Image, Numeric, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, create_model, list_models, model_card, register_model
from multimodal_zoo.unknown_name import UnknownName


def test_listing_by_pattern_and_task():
    assert list_models("*diagnosis*") == ["lstnet_diagnosis"]
    assert "deepfm" in list_models(task="ranking") and "deepfm" not in list_models(task="classification")
    assert list_models() == sorted(list_models())
    with pytest.raises(UnknownName, match="Did you mean 'ranking'"):
        list_models(task="rankin")


def test_an_unknown_model_suggests_the_nearest():
    with pytest.raises(UnknownName, match="Unknown model 'depfm'. Did you mean 'deepfm'"):
        create_model("depfm")
    with pytest.raises(UnknownName, match="Unknown model"):
        model_card("zzz")


def test_a_name_is_registered_once_and_needs_a_docstring():
    card = ModelCard(task="ranking", paper="-")

    def deepfm():
        """Another."""

    with pytest.raises(ValueError, match="registered already"):
        register_model(card)(deepfm)
    with pytest.raises(ValueError, match="needs a docstring"):
        register_model(card)(lambda: None)
    with pytest.raises(UnknownName, match="task"):
        register_model(ModelCard(task="guessing", paper="-"))


def test_a_builder_whose_inputs_are_not_its_modalities_is_refused():
    @register_model(ModelCard(task="regression", paper="-"))
    def stray(image=Image(4, 4, 1), number=Numeric(1)):  # noqa: B008
        """Reads only the number."""
        inputs = model_inputs(number=number)
        return keras.Model(inputs, keras.layers.Dense(1)(inputs["number"]))

    try:
        with pytest.raises(ValueError, match="its modalities are"):
            create_model("stray")
    finally:
        del registry.BUILDERS["stray"], registry.CARDS["stray"]


def test_inputs_are_in_order_with_presence_last():
    inputs = model_inputs(user=Categorical(10), plot=None, report=Text(10, 4), presence=True)
    assert list(inputs) == ["user", "report", "presence"]
    assert inputs["presence"].shape == (None, 2)
    with pytest.raises(TypeError, match="image has to be a modality"):
        model_inputs(image=(64, 64, 1))
    with pytest.raises(ValueError, match="at least one modality"):
        model_inputs(image=None)
