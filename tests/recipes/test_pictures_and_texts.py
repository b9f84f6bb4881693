"""What the figures of retrieval are held against."""

import numpy as np
import pytest

from multimodal_zoo.datasets import DataSet, Records, column, dataset_card
from multimodal_zoo.recipes.pictures_and_texts import chance, random_order


def test_by_chance_a_picture_is_found_among_the_pictures_and_a_text_among_the_texts():
    # Forty pictures with two texts each, one of them said twice: a gallery of 40 and one of 80.
    numbers = np.repeat(np.arange(40), 2)
    texts = [f"{number} {row % 2}" for row, number in enumerate(numbers)]
    records = Records({"text": column([*texts, texts[0]])}, np.append(numbers, 0).astype("int32"))
    found = chance(records)
    missed = np.prod([(78 - drawn) / (80 - drawn) for drawn in range(10)])
    assert found == pytest.approx({"image_by_text": 10 / 40, "text_by_image": 1 - missed})
    data = DataSet(dataset_card("flickr8k-1k"), "default", {}, (), {"test": records})
    assert random_order(data)["recall_at_10"] == pytest.approx((10 / 40 + 1 - missed) / 2)
