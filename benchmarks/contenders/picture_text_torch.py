"""The same in PyTorch.

python picture_text_torch.py both|text BATCH
"""

from __future__ import annotations

import sys

import torch
from bursts import answer_bursts
from torch_steps import torch_steps

SIDE, FILTERS, LENGTH, WORDS, DIM, UNITS = 128, (64, 128, 256), 60, 8000, 128, 256


class PictureAndText(torch.nn.Module):
    """Convolution, pooling and ReLU three times, the mean of what is seen; an LSTM read at its last word."""

    def __init__(self, pictures: bool) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(WORDS, DIM, padding_idx=0)
        self.lstm = torch.nn.LSTM(DIM, UNITS, batch_first=True)
        channels = (3, *FILTERS)
        blocks = [
            layer
            for one, other in zip(channels, channels[1:], strict=False)
            for layer in (torch.nn.Conv2d(one, other, 3, padding="same"), torch.nn.MaxPool2d(2), torch.nn.ReLU())
        ]
        width = UNITS
        if pictures:
            self.look = torch.nn.Sequential(*blocks)
            self.read = torch.nn.Linear(FILTERS[-1], FILTERS[-1])
            width += FILTERS[-1]
        self.answer = torch.nn.Linear(width, 2)

    def forward(self, words: torch.Tensor, pictures: torch.Tensor | None) -> torch.Tensor:
        text = self.lstm(self.embed(words))[0][:, -1]
        if pictures is None:
            return self.answer(text)
        seen = torch.relu(self.read(self.look(pictures).mean((2, 3))))
        return self.answer(torch.cat([text, seen], 1))


def main() -> None:
    """Train on random pictures and words, with the channels last, which is faster on processors."""
    kind, batch = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    model = PictureAndText(kind == "both").to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    words = torch.randint(2, WORDS, (4, batch, LENGTH))
    labels = torch.randint(0, 2, (4, batch))
    pictures = [None] * 4
    if kind == "both":
        pictures = [torch.rand(batch, 3, SIDE, SIDE).to(memory_format=torch.channels_last) for _ in range(4)]

    def loss_of(number: int) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(model(words[number], pictures[number]), labels[number])

    answer_bursts(torch_steps(loss_of, [optimizer], len(words)))


main()
