# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A recommender, and films that nobody has seen yet
#
# Who likes which film? A network that knows films by their ids alone has nothing to say of a new one; a network that
# reads what the film is about has. The data are **synthetic**: 200 made-up users, 150 made-up films, clicks from hidden
# taste, built into the package. For real ones put `"ml-100k"` (MovieLens, downloaded at first use) into the next cell.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import dataclasses
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.training import predictions_on

data = mz.load_dataset("synthetic-clicks")
print(data.card.title)
for name, value in data.split("train")[0][0].items():
    print(f"{name:>12}  {value}")

# %% [markdown]
# ## Films without a past
#
# A fifth of the films is held back: no record of them is in training nor in validation. All that was ever clicked or
# not clicked of them is a test of its own.

# %%
films = np.unique(data.split("train").columns["item"].astype(str))
new_films = np.random.RandomState(0).permutation(films)[: len(films) // 5]


def of_new_films(records):
    return np.isin(records.columns["item"].astype(str), new_films)


def joined(parts):
    columns = {name: np.concatenate([one.columns[name] for one in parts]) for name in parts[0].columns}
    return Records(columns, np.concatenate([one.labels for one in parts]))


old = dataclasses.replace(data, splits={name: one.take(~of_new_films(one)) for name, one in data.splits.items()})
tests = {
    "films of the training": old.split("test"),
    "new films": joined([one.take(of_new_films(one)) for one in data.splits.values()]),
}
print({name: len(one) for name, one in tests.items()}, "of", len(new_films), "new films")

# %% [markdown]
# ## Three networks
#
# DeepFM that reads the two ids and nothing else; DeepFM that reads every field, the plot too; and
# `multimodal_recommender`, for which in training now and then an item's id is taken for unknown, as that of a new film
# is: what the ids could say alone, the content then learns to say, too.

# %%
ids = {name: data.modalities[name] for name in ("user", "item")}
networks = {
    "deepfm, ids": ("deepfm", {"fields": ids}),
    "deepfm, ids and content": ("deepfm", {}),
    "multimodal_recommender": ("multimodal_recommender", {"missing_modalities": True}),
}
bundles = {
    name: mz.train_named(
        network,
        old,
        epochs=30,
        batch_size=256,
        patience=5,
        seed=0,
        arguments={"embedding_dim": 8, "hidden": (32, 32), **arguments},
        monitor="val_auc",
        verbose=0,
    )
    for name, (network, arguments) in networks.items()
}
area = {name: {of: mz.evaluate(one, records)["auc"] for of, records in tests.items()} for name, one in bundles.items()}
figure, axis = plt.subplots(figsize=(8, 3))
for number, of in enumerate(tests):
    bars = axis.bar(np.arange(len(area)) + 0.4 * number - 0.2, [one[of] for one in area.values()], 0.38, label=of)
    axis.bar_label(bars, fmt="%.3f", fontsize=8)
axis.axhline(0.5, color="grey", linewidth=1, linestyle=":")
axis.set_xticks(range(len(area)), list(area))
axis.set_ylim(0.4, 1.0)
axis.set_ylabel("area under the ROC curve")
axis.legend(fontsize=8, ncols=2, loc="upper center")
plt.show()

# %% [markdown]
# Ids alone are little better than a guess where the film is new. With the content nearly all of the gain stays. Whether
# to take ids for unknown in training helps beside that, one draw of thirty films cannot tell.
#
# ## The best films for one user
#
# All films that the user has no record of in training, the new ones among them, each beside the fields of the user:
# the scores put them in order.

# %%
everything, train = joined(list(data.splits.values())), old.split("train")
user = Counter(train.columns["user"]).most_common(1)[0][0]
seen = train.take(train.columns["user"] == user)
of_user = {name: seen.columns[name][0] for name in ("user", "age", "gender", "occupation")}

_, first_record = np.unique(everything.columns["item"].astype(str), return_index=True)
catalogue = everything.take(first_record)
unseen = catalogue.take(~np.isin(catalogue.columns["item"].astype(str), seen.columns["item"].astype(str)))
questions = {name: column([of_user.get(name, value) for value in values]) for name, values in unseen.columns.items()}
_, scores, _ = predictions_on(bundles["multimodal_recommender"], Records(questions, unseen.labels))
best = scores[:, 0].argsort()[::-1][:10]

print(", ".join(of_user.values()))
for place, row in enumerate(best, start=1):
    film = {name: values[row] for name, values in unseen.columns.items()}
    new = "new" if film["item"] in new_films else ""
    told = f"{film['item']:<9} {', '.join(film['genres']):<24} {film['plot'][:60]}"
    print(f"{place:>2}  {scores[row, 0]:.3f}  {new:<3}  {told}")

# %% [markdown]
# What the user clicked, by genre, beside what is recommended:

# %%
liked = seen.columns["genres"][seen.labels == 1]
left = seen.columns["genres"][seen.labels == 0]
advised = unseen.columns["genres"][best]
genres = sorted({genre for row in catalogue.columns["genres"] for genre in row})
figure, axis = plt.subplots(figsize=(8, 3))
for number, (title, rows) in enumerate({"clicked": liked, "not clicked": left, "recommended": advised}.items()):
    share = [np.mean([genre in row for row in rows]) for genre in genres]
    axis.bar(np.arange(len(genres)) + 0.27 * number - 0.27, share, 0.25, label=f"{title} ({len(rows)} films)")
axis.set_xticks(range(len(genres)), genres, rotation=90 if len(genres) > 10 else 0)
axis.set_ylabel("share of the films")
axis.legend(fontsize=8)
plt.show()

# %% [markdown]
# Romance, drama and science fiction lead, of which the user clicked a larger share; musicals and war are not there.
#
# **What to try**: a new *user*: give `of_user` an unknown `user` and leave age, gender and occupation; `item_drop` of
# `multimodal_recommender` at 0 and at 0.8; `"two_tower"` instead, whose vectors an index can search; `"ml-100k"`.
