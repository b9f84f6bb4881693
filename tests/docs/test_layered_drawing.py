"""The drawings: what an arrow joins, and that nothing lies on anything else."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest
import way_of_the_data
from layered_drawing import Box, columns_of, drawing, ordered, path_of, spread

SVG = "{http://www.w3.org/2000/svg}"


def rectangles(svg):
    """Left, top, right and bottom of every box by its title."""
    root = ElementTree.fromstring(svg)
    rects = [{key: float(one.get(key)) for key in ("x", "y", "width", "height")} for one in root.iter(f"{SVG}rect")]
    titles = [one.text for one in root.iter(f"{SVG}text") if one.get("font-weight")]
    return {
        title: (one["x"], one["y"], one["x"] + one["width"], one["y"] + one["height"])
        for title, one in zip(titles, rects, strict=True)
    }


def test_a_box_stands_one_column_behind_the_last_that_points_at_it():
    arrows = [("a", "b"), ("b", "d"), ("a", "d"), ("c", "d"), ("d", "e")]
    assert columns_of("abcde", arrows) == {"a": 0, "b": 1, "c": 0, "d": 2, "e": 3}
    with pytest.raises(ValueError, match="go in a circle"):
        columns_of("ab", [("a", "b"), ("b", "a")])


def test_an_arrow_over_several_columns_has_a_place_in_each():
    assert path_of(("a", "d"), {"a": 0, "d": 3}) == ["a", "a>d:1", "a>d:2", "d"]
    assert path_of(("a", "b"), {"a": 0, "b": 1}) == ["a", "b"]


def test_columns_are_ordered_without_a_crossing_where_there_is_such_an_order():
    columns = {"a": 0, "b": 0, "c": 0, "x": 1, "y": 1, "z": 1}
    order = ordered(columns, [("a", "z"), ("b", "x"), ("c", "y")])
    place = {name: number for column in order for number, name in enumerate(column)}
    assert [place[start] for start in "abc"] == [place[end] for end in "zxy"]


def test_names_of_a_column_keep_their_distance():
    heights = dict.fromkeys("abcd", 40.0)
    middles = spread([["a", "b", "c"], ["d"]], heights, [("a", "d"), ("b", "d"), ("c", "d")])
    assert middles["b"] - middles["a"] >= 56 and middles["c"] - middles["b"] >= 56
    assert middles["d"] == pytest.approx(middles["b"])


def test_boxes_do_not_touch_and_lie_within_the_picture():
    boxes = [Box(name, f"box {name}", ("a line",) * (number % 4)) for number, name in enumerate("abcdefgh")]
    arrows = [
        ("a", "d"),
        ("b", "d"),
        ("c", "e"),
        ("d", "f"),
        ("e", "f"),
        ("a", "f"),
        ("f", "g"),
        ("c", "g"),
        ("b", "h"),
    ]
    svg = drawing("many", boxes, arrows)
    root = ElementTree.fromstring(svg)
    found = rectangles(svg)
    assert list(found) == [box.title for box in boxes]
    for one, other in itertools.combinations(found.values(), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    width, height = float(root.get("width")), float(root.get("height"))
    assert all(one[0] >= 0 and one[1] >= 0 and one[2] <= width and one[3] <= height for one in found.values())


def test_an_arrow_begins_and_ends_at_its_boxes_and_passes_no_other():
    boxes = [Box("a", "a"), Box("b", "b"), Box("c", "c")]
    svg = drawing("three", boxes, [("a", "b"), ("b", "c"), ("a", "c")])
    found = rectangles(svg)
    ends = []
    for path in re.findall(r'<path d="(M[^"]+)" fill="none"', svg):
        numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", path)]
        ends.append((numbers[0], numbers[1], numbers[-2], numbers[-1]))
    middle = {name: (top + bottom) / 2 for name, (_, top, _, bottom) in found.items()}
    expected = [(found[s][2], middle[s], found[e][0], middle[e]) for s, e in ("ab", "bc", "ac")]
    assert ends == [pytest.approx(one, abs=0.11) for one in expected]
    # The long arrow goes through the column of b, straight, outside of the box.
    (long,) = (one for one in re.findall(r'<path d="(M[^"]+)" fill="none"', svg) if one.count("C") == 2)
    y_in_the_middle = float(re.search(r"C\S+ \S+ \S+ \S+ \S+ (\S+?)H", long)[1])
    assert not found["b"][1] <= y_in_the_middle <= found["b"][3]


def test_an_arrow_to_no_box_is_refused():
    with pytest.raises(ValueError, match="names none of the boxes a"):
        drawing("one", [Box("a", "a")], [("a", "b")])


def test_signs_of_xml_in_a_title_are_text():
    svg = drawing("a < b & c", [Box("a", "x < y", ("p & q",))], [])
    texts = [one.text for one in ElementTree.fromstring(svg).iter() if one.text and one.text.strip()]
    assert texts == ["a < b & c", "x < y", "p & q"]


def test_the_way_of_the_data_is_drawn_as_its_file_says():
    assert way_of_the_data.PICTURE.read_text(encoding="utf-8") == way_of_the_data.way_of_the_data()
