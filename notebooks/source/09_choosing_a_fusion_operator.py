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
# # Choosing a fusion operator
#
# A fusion operator joins what several encoders say. There are many (`mz.list_fusions()`), and any of them can be named
# in any builder. Here the same network is trained with five of them, three times each, and asked with everything there
# and with one of its two inputs missing.
#
# **Data**: **synthetic**, pairs of short vectors made up by the cell below, so that we know what there is to find. They
# tell what an operator can express, and nothing about your data.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import keras
import matplotlib.pyplot as plt
import numpy as np

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records
from multimodal_zoo.encoders import dense_layers
from multimodal_zoo.fusion import silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Numeric
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.training import predictions_on

print(len(mz.list_fusions()), "operators:", ", ".join(mz.list_fusions()))

# %% [markdown]
# ## Two questions in one
#
# Each of two inputs, `a` and `b`, has a level and a coin in it. The label answers two questions at once, so it has four
# classes:
#
# - **sum**: is level a + level b above 0? Each input alone tells something of it.
# - **agree**: do the two coins agree? Each alone tells nothing at all of it.

# %%
random = np.random.default_rng(7)


def pairs(count):
    levels, coins = random.normal(size=(count, 2)), random.integers(0, 2, (count, 2))
    columns = {}
    for place, name in enumerate(("a", "b")):
        noise = random.normal(size=(count, 6))
        coin = 2.0 * coins[:, place] - 1 + 0.3 * random.normal(size=count)
        columns[name] = np.column_stack([levels[:, place], coin, noise]).astype("float32")
    high, same = levels.sum(axis=1) > 0, coins[:, 0] == coins[:, 1]
    return Records(columns, (2 * high + same).astype("int32"))


train, validation, test = pairs(1500), pairs(500), pairs(2000)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
for axis, place, answer, title in ((axes[0], 0, 2, "level"), (axes[1], 1, 1, "coin")):
    a, b = (train.columns[name][:400, place] for name in ("a", "b"))
    axis.scatter(a, b, c=(train.labels[:400] & answer) > 0, cmap="coolwarm", s=8)
    axis.set(xlabel=f"{title} in a", ylabel=f"{title} in b")
axes[0].set_title("sum: low or high", fontsize=10)
axes[1].set_title("agree: no or yes", fontsize=10)
plt.show()

# %% [markdown]
# ## The network
#
# A dense layer over each input, the operator, and a linear layer with a softmax: what the operator cannot join, nothing
# behind it can.


# %%
@mz.register_model(mz.ModelCard(task="classification", paper="none"))
def pair_network(
    a: Numeric | None = Numeric(8),
    b: Numeric | None = Numeric(8),
    *,
    fusion: str = "concat",
    missing_modalities: bool = True,
    modality_dropout: float = 0.1,
) -> keras.Model:
    """Four classes from two vectors."""
    inputs = model_inputs(a=a, b=b, presence=missing_modalities)
    seen, presence = silence_absent(inputs, modality_dropout)
    encodings = {name: dense_layers((16,), name=name)(vector) for name, vector in seen.items()}
    return keras.Model(inputs, classification_head(4)(mz.fuse(fusion, 16)(encodings, presence)), name="pair_network")


def figures(bundle, without=()):
    """The share of right answers to either question, in the test split."""
    labels, probabilities, _ = predictions_on(bundle, test, without)
    high = probabilities[:, 2:].sum(axis=1) > 0.5
    same = probabilities[:, [1, 3]].sum(axis=1) > 0.5
    return {"sum": np.mean(high == (labels >= 2)), "agree": np.mean(same == (labels % 2 == 1))}


# %% [markdown]
# The mean and the standard deviation over three seeds, of the weights, the order and the dropout. The test split has
# 2,000 pairs, so one figure near 0.75 is unsure by 0.01 (one standard error) besides.

# %%
OPERATORS = ("concat", "gated", "late_average", "low_rank_tensor_fusion", "bi_interaction")
SEEDS = range(3)
found = {}
for fusion in OPERATORS:
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        model = mz.create_model("pair_network", fusion=fusion)
        fitting = {"epochs": 30, "batch_size": 50, "learning_rate": 5e-3, "patience": 30}
        bundle = mz.fit(model, (train, validation), seed=seed, profile=True, verbose=0, **fitting)
        all_there, lacking = figures(bundle), figures(bundle, ["b"])
        found.setdefault(fusion, []).append(
            (
                all_there["sum"],
                all_there["agree"],
                lacking["sum"],
                model.count_params(),
                bundle.metrics["profile"]["step_ms"],
            )
        )
found = {fusion: np.array(rows) for fusion, rows in found.items()}

print(f"{'operator':<24}{'sum':>16}{'agree':>16}{'sum, b missing':>16}{'parameters':>12}{'ms a step':>11}")
for fusion, rows in found.items():
    mean, spread = rows.mean(axis=0), rows.std(axis=0, ddof=1)
    told = "".join(f"{mean[column]:>9.3f} ± {spread[column]:.3f}" for column in range(3))
    print(f"{fusion:<24}{told}{mean[3]:>12.0f}{np.median(rows[:, 4]):>11.1f}")

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), width_ratios=(1, 1, 1, 0.7), sharey=True, layout="constrained")
titles = ("sum", "agree", "sum, b missing", "parameters")
for column, (axis, title) in enumerate(zip(axes, titles, strict=True)):
    for row, fusion in enumerate(OPERATORS):
        values = found[fusion][:, column]
        if column == 3:
            axis.barh(row, values[0], color="tab:gray")
        else:
            axis.plot(values, [row] * len(values), "o", color="tab:blue", alpha=0.6)
            axis.axvline(0.5, color="gray", linestyle=":")
            axis.set_xlim(0.4, 1.02)
    axis.set_title(title)
axes[0].set_yticks(range(len(OPERATORS)), OPERATORS)
axes[0].invert_yaxis()
axes[0].set_xlabel("accuracy; a point is a seed")
plt.show()

# %% [markdown]
# ## What to read from it
#
# - **agree**: an operator that averages the answers of each input (`late_average`) cannot tell it: it stays at chance,
#   with every seed. All others, which mix the two inputs before the answer, can. This difference is decisive.
# - **b missing**: who sees `a` alone can be right about the sum in 0.75 at best. Four of the five reach that.
#   `bi_interaction` knows products of two inputs and nothing else: with one missing nothing is left of it, and it falls
#   to chance.
# - **sum**: 0.94 to 0.96. The seeds of one operator lie up to 0.02 apart, and the test split has its own error of about
#   0.005: no order of the operators should be read from this column. Nor from the times:
#   the machine had other work.
# - **parameters**: from 356 to 2,532 for the same widths, without a gain here that would be worth them.
#
# ## Which one, then?
#
# - Start with `concat` or `gated`: cheap, at home in both questions, sound with inputs missing.
# - `late_average` and its relatives are sound where each modality has an answer of its own, as two
#   witnesses of one event do. Not where the answer lies in how the two go together.
# - Operators that multiply (`low_rank_tensor_fusion`, `tensor_fusion`, `mfb`, ...) say it outright where features of
#   different modalities have to be combined; their widths cost parameters.
# - `bi_interaction` and `attentional_pairs` are for many fields, as in recommenders, or beside a path that reads each
#   input alone.
# - Then compare two or three on your data, with several seeds. If the gap is no larger than the spread, take the
#   cheaper.
#
# All 32 operators on these kinds of made-up questions and on three real data sets, with five seeds and intervals, stand
# in the page on fusion operators compared (`docs/fusion_operators.md`); `make docs` makes a page with the formula of
# each.
#
# **What to try**: another name from `mz.list_fusions()` in `OPERATORS`; `additive_attention`, which weighs inputs and
# does not mix them; 300 training pairs in place of 1,500; `modality_dropout=0.0` and a look at the column of `b`
# missing.
