"""A small drawing of boxes in columns, joined by arrows from left to right, as SVG."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from xml.sax.saxutils import escape

# Fill and line of each kind of box.
COLOURS = {
    "input": ("#e3f2fd", "#1565c0"),
    "encoder": ("#e8f5e9", "#2e7d32"),
    "fusion": ("#fff3e0", "#ef6c00"),
    "head": ("#f3e5f5", "#7b1fa2"),
    "answer": ("#fce4ec", "#c2185b"),
    "beside": ("#f5f5f5", "#616161"),
}
TITLE, LINE = 14, 12  # sizes of the letters
STEP = 17  # from one line to the next
PADDING, GAP, COLUMN_GAP, MARGIN = 10, 16, 54, 6


@dataclasses.dataclass(frozen=True)
class Box:
    """A box of a drawing.

    Args:
        name: by which arrows find it.
        title: its first line.
        lines: what stands below.
        kind: one of `COLOURS`.
    """

    name: str
    title: str
    lines: tuple[str, ...] = ()
    kind: str = "encoder"

    @property
    def width(self) -> float:
        """Pixels, for letters of a common sans-serif font."""
        title, longest = len(self.title) * TITLE * 0.62, max((len(line) for line in self.lines), default=0)
        return 2 * PADDING + max(title, longest * LINE * 0.56, 50)

    @property
    def height(self) -> float:
        """Pixels."""
        return 2 * PADDING + TITLE + STEP * len(self.lines)


Arrow = tuple[str, str]


def drawing(title: str, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """Draw boxes so that every arrow goes from left to right and passes no box.

    Args:
        title: what a screen reader says.
        boxes: in the order in which they stand in a column at first.
        arrows: names of the boxes it goes from and to; no circle.

    Returns:
        An SVG document.

    Raises:
        ValueError: an arrow names no box, or arrows go in a circle.

    Example:
        >>> svg = drawing("two", [Box("a", "image"), Box("b", "class")], [("a", "b")])
    """
    by_name = {box.name: box for box in boxes}
    for arrow in arrows:
        if not set(arrow) <= set(by_name):
            raise ValueError(f"The arrow {arrow} names none of the boxes {', '.join(by_name)}.")
    columns = columns_of(list(by_name), arrows)
    # An arrow over several columns has a place of its own in those between.
    paths = {arrow: path_of(arrow, columns) for arrow in arrows}
    for path in paths.values():
        columns.update({point: columns[path[0]] + number for number, point in enumerate(path)})
    pieces = [pair for path in paths.values() for pair in itertools.pairwise(path)]
    order = ordered(columns, pieces)
    heights = {name: by_name[name].height if name in by_name else 0.0 for name in columns}
    middles = spread(order, heights, pieces)

    widths = [max((by_name[name].width for name in column if name in by_name), default=0) for column in order]
    lefts = [MARGIN + sum(widths[:number]) + COLUMN_GAP * number for number in range(len(widths))]
    top = min(middles[name] - heights[name] / 2 for name in columns)
    middles = {name: middle - top + MARGIN for name, middle in middles.items()}
    width = lefts[-1] + widths[-1] + MARGIN
    height = max(middles[name] + heights[name] / 2 for name in columns) + MARGIN

    drawn = [
        curve([(lefts[columns[name]], widths[columns[name]], middles[name]) for name in path])
        for path in paths.values()
    ]
    for name, box in by_name.items():
        drawn += box_lines(box, lefts[columns[name]], widths[columns[name]], middles[name])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img" font-family="system-ui, sans-serif">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="#607d8b"/></marker></defs>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def columns_of(names: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The column of each box: one behind the last of those whose arrows it gets."""
    columns = dict.fromkeys(names, 0)
    for _ in names:
        moved = False
        for start, end in arrows:
            if columns[end] <= columns[start]:
                columns[end], moved = columns[start] + 1, True
        if not moved:
            return columns
    raise ValueError("The arrows go in a circle.")


def path_of(arrow: Arrow, columns: dict[str, int]) -> list[str]:
    """The names an arrow goes by: its ends, and a place in each column between."""
    start, end = arrow
    between = range(columns[start] + 1, columns[end])
    return [start, *(f"{start}>{end}:{column}" for column in between), end]


def ordered(columns: dict[str, int], pieces: Sequence[Arrow], sweeps: int = 8) -> list[list[str]]:
    """The names of each column from top to bottom, each near the mean of what it is joined to (few crossings)."""
    order: list[list[str]] = [[] for _ in range(max(columns.values()) + 1)]
    for name, column in columns.items():
        order[column].append(name)
    for sweep in range(sweeps):
        forwards = sweep % 2 == 0
        for column in order if forwards else reversed(order):
            place = {name: number for names in order for number, name in enumerate(names)}
            joined = {
                name: [
                    place[start if forwards else end] for start, end in pieces if (end if forwards else start) == name
                ]
                for name in column
            }
            column.sort(key=lambda name: sum(joined[name]) / len(joined[name]) if joined[name] else place[name])
    return order


def spread(
    order: Sequence[Sequence[str]], heights: dict[str, float], pieces: Sequence[Arrow], sweeps: int = 6
) -> dict[str, float]:
    """The middle of each name: near those it is joined to, and with a gap to those above and below."""
    middles: dict[str, float] = {}
    for column in order:
        stacked(column, dict.fromkeys(column, 0.0), heights, middles)
    for sweep in range(sweeps):
        for column in order if sweep % 2 else reversed(order):
            wished = {}
            for name in column:
                joined = [middles[other] for pair in pieces if name in pair for other in pair if other != name]
                wished[name] = sum(joined) / len(joined) if joined else middles[name]
            stacked(column, wished, heights, middles)
    return middles


def stacked(
    column: Sequence[str], wished: dict[str, float], heights: dict[str, float], middles: dict[str, float]
) -> None:
    """Put a column where its names wish to be, in its order, apart from each other; on average it stays there."""
    bottom = float("-inf")
    for name in column:
        middles[name] = max(wished[name], bottom + GAP + heights[name] / 2)
        bottom = middles[name] + heights[name] / 2
    off = sum(middles[name] - wished[name] for name in column) / len(column)
    for name in column:
        middles[name] -= off


def curve(places: Sequence[tuple[float, float, float]]) -> str:
    """An arrow through places (left, width, middle): bent between the columns, straight within them."""
    left, width, middle = places[0]
    drawn = f"M{left + width:.1f} {middle:.1f}"
    for (left, width, middle), (next_left, _, next_middle) in itertools.pairwise(places):
        bend = (left + width + next_left) / 2
        drawn += f"H{left + width:.1f}C{bend:.1f} {middle:.1f} {bend:.1f} {next_middle:.1f} "
        drawn += f"{next_left:.1f} {next_middle:.1f}"
    return f'<path d="{drawn}" fill="none" stroke="#607d8b" stroke-width="1.5" marker-end="url(#tip)"/>'


def box_lines(box: Box, left: float, width: float, middle: float) -> list[str]:
    """A box with its text; all boxes of a column are as wide as the widest."""
    fill, line = COLOURS[box.kind]
    top, centre = middle - box.height / 2, left + width / 2
    return [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{box.height:.1f}" rx="6" '
        f'fill="{fill}" stroke="{line}"/>',
        text(box.title, centre, top + PADDING + TITLE - 2, f'font-size="{TITLE}" font-weight="600" fill="{line}"'),
        *(
            text(one, centre, top + PADDING + TITLE + STEP * number, f'font-size="{LINE}" fill="#263238"')
            for number, one in enumerate(box.lines, 1)
        ),
    ]


def text(words: str, x: float, y: float, style: str) -> str:
    """Words about the middle x, on the line y."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" {style}>{escape(words)}</text>'
