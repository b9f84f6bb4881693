import functools
import json

import pytest

from multimodal_zoo.datasets import DataNotFound, find_dataset, load_dataset
from multimodal_zoo.datasets.find import differing_files


@pytest.fixture(scope="session")
def real():
    """Load a real data set, once per protocol; skips where the pinned copy is not at hand. Never downloads."""
    loaded = {}

    def load(name):
        if name not in loaded:
            try:
                data = load_dataset(name, download=False)
            except DataNotFound as error:
                pytest.skip(f"{str(error).splitlines()[0]} Set MULTIMODAL_ZOO_DATA to run this test.")
            differing = differing_files(data.card, find_dataset(name))
            if differing:
                pytest.skip(f"This copy of {name} is not the pinned one: {', '.join(differing)} differ.")
            loaded[name] = data
        return loaded[name]

    return load


@pytest.fixture(scope="session")
def made_up():
    """Load a built-in data set, once: making it takes seconds."""
    return functools.cache(functools.partial(load_dataset, download=False))


@pytest.fixture
def empty_places(monkeypatch, tmp_path):
    """A data folder and a cache folder with nothing in them: (data, cache)."""
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    monkeypatch.setenv("MULTIMODAL_ZOO_DATA", str(data))
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(cache))
    return data, cache


RATINGS = [(1, 10, 5, 881250949), (2, 10, 3, 1), (1, 20, 4, 2), (3, 30, 1, 3)]
USERS = [(1, 24, "M", "technician", "85711"), (2, 53, "F", "other", "94043"), (3, 23, "M", "writer", "32067")]
ITEMS = [(10, "Toy Story", "1995", ["Animation", "Children's", "Comedy"]), (20, "Fargo", "1996", ["Crime"])]


@pytest.fixture
def tiny_official():
    """Write a made-up ml-100k in the official layout into a folder."""

    def write(folder):
        folder.mkdir(parents=True, exist_ok=True)
        genres = (
            "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama Fantasy Film-Noir "
            "Horror Musical Mystery Romance Sci-Fi Thriller War Western"
        ).split()
        lines = ["\t".join(map(str, row)) for row in RATINGS]
        (folder / "u.data").write_text("\n".join(lines) + "\n")
        (folder / "u1.base").write_text("\n".join(lines * 5) + "\n")
        (folder / "u1.test").write_text(lines[3] + "\n")
        (folder / "u.user").write_text("\n".join("|".join(map(str, row)) for row in USERS) + "\n")
        # The release date of the first is of another year than its title, as with many films of the real
        # file.
        rows = [
            f"{number}|{title} ({year})|01-Jan-1999||http://x|" + "|".join(str(int(one in own)) for one in genres)
            for number, title, year, own in ITEMS
        ]
        rows.append("30|unknown||||" + "|".join("1" if one == "unknown" else "0" for one in genres))
        (folder / "u.item").write_text("\n".join(rows) + "\n", encoding="latin-1")

    return write


@pytest.fixture
def tiny_recbole():
    """Write the same made-up ml-100k as RecBole packs it."""

    def write(folder):
        folder.mkdir(parents=True, exist_ok=True)
        head = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
        (folder / "ml-100k.inter").write_text("\n".join([head, *("\t".join(map(str, row)) for row in RATINGS)]))
        head = "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token"
        (folder / "ml-100k.user").write_text("\n".join([head, *("\t".join(map(str, row)) for row in USERS)]))
        head = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq"
        rows = [f"{number}\t{title}\t{year}\t{' '.join(genres)}" for number, title, year, genres in ITEMS]
        (folder / "ml-100k.item").write_text("\n".join([head, *rows, "30\tunknown\t\tunknown"]))

    return write


@pytest.fixture
def plots():
    """Write plots for some of the made-up films."""

    def write(folder):
        films = [{"item_id": 10, "plot": "A cowboy doll."}, {"item_id": 20, "plot": "N/A"}]
        (folder / "movie_meta.jsonl").write_text("\n".join(map(json.dumps, films)))

    return write
