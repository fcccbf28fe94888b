"""The network that is trained: one encoder, one linear layer, the logits of every head side by side."""

from collections.abc import Sequence
from pathlib import Path

import torch

from models.annotation.heads import HEADS, Head
from models.training.batches import pad
from models.training.encoder import build_encoder
from models.training.tasks import Scores

LABELS = sum(len(head.labels) for head in HEADS)


class HeadsModel(torch.nn.Module):
    """[CLS] through the pooler and the mean of the word pieces -> logits [batch, LABELS] in the order of HEADS."""

    def __init__(self, encoder: Path | None = None, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = build_encoder(encoder)
        self.dropout = torch.nn.Dropout(dropout)
        self.classifier = torch.nn.Linear(2 * self.bert.config.hidden_size, LABELS)
        torch.nn.init.normal_(self.classifier.weight, std=0.02)
        torch.nn.init.zeros_(self.classifier.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Logits of int64 [batch, tokens] inputs."""
        answer = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        mask = attention_mask[:, :, None].to(answer.last_hidden_state.dtype)
        mean = (answer.last_hidden_state * mask).sum(1) / mask.sum(1)
        logits: torch.Tensor = self.classifier(self.dropout(torch.cat([answer.pooler_output, mean], dim=1)))
        return logits


class ProbabilityGraph(torch.nn.Module):
    """The network as it is exported: logit(p) of each head's softmax at its temperature.

    Spark NLP answers sigmoid(logit) for every label, which gives p back: ln p - ln(1 - p), p clipped to 1e-6.
    """

    def __init__(self, model: HeadsModel, temperatures: Sequence[float]) -> None:
        super().__init__()
        self.model, self.temperatures = model, tuple(temperatures)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits of probabilities, [batch, LABELS]."""
        logits = self.model(input_ids, attention_mask, token_type_ids)
        return torch.cat(
            [
                torch.logit(torch.softmax(part / temperature, dim=1), eps=1e-6)
                for part, temperature in zip(split_heads(logits), self.temperatures, strict=True)
            ],
            dim=1,
        )


def split_heads(logits: torch.Tensor, heads: Sequence[Head] = HEADS) -> tuple[torch.Tensor, ...]:
    """[..., LABELS] -> one tensor a head, in the order of `heads`."""
    return logits.split([len(head.labels) for head in heads], dim=-1)


@torch.no_grad()
def score_rows(model: HeadsModel, token_ids: Sequence[Sequence[int]], *, autocast: bool = False) -> Scores:
    """Head name -> probabilities [texts, labels] of the float model; `autocast`: in bf16, to three digits."""
    model.eval()
    order = sorted(range(len(token_ids)), key=lambda row: len(token_ids[row]))
    logits = torch.zeros(len(token_ids), LABELS)
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        input_ids = pad([token_ids[row] for row in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            logits[torch.tensor(rows)] = model(input_ids, (input_ids != 0).long()).float()
    parts = zip(HEADS, split_heads(logits), strict=True)
    return {head.name: part.double().softmax(1).numpy() for head, part in parts}
