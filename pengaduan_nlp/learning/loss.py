"""The training loss: one term a head, unknown labels left out.

Letters: N rows, K output columns, k labels of one head.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..scheme import Head, LabelScheme

_NEIGHBOUR = 0.1  # weight that an ordinal label gives to each label beside it


class TriageLoss(torch.nn.Module):
    """Sum over heads of the weighted negative log-likelihood of the allowed labels.

    Args:
        scheme: Heads and labels.
        weights: Weight of each head; 1 where not named.
    """

    def __init__(self, scheme: LabelScheme, weights: dict[str, float] | None = None) -> None:
        super().__init__()
        self.scheme = scheme
        self.weights = weights or {}
        for head in scheme.heads:
            if head.parent is not None:
                siblings = torch.zeros(len(head.labels), len(head.labels), dtype=torch.bool)
                for columns in scheme.children(head).values():
                    for column in columns:
                        siblings[column, columns] = True
                self.register_buffer(f"siblings_{head.name}", siblings, persistent=False)

    def forward(self, logits: Tensor, allowed: Tensor) -> Tensor:
        """Return the loss, a scalar.

        Args:
            logits: Raw outputs, (N, K).
            allowed: 1 for labels that may hold, (N, K); a head with zeros only is unknown.
        """
        total = logits.new_zeros(())
        for head in self.scheme.heads:
            columns = self.scheme.slices[head.name]
            known = allowed[:, columns].any(1)  # (N,)
            if not known.any():
                continue
            term = self._head_loss(head, logits[known, columns], allowed[known, columns])
            # Divided by all rows, not the known ones: a head with few labels in a batch must not
            # outweigh the others.
            total = total + self.weights.get(head.name, 1.0) * term.sum() / len(logits)
        return total

    def disagreement(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the symmetric Kullback-Leibler divergence between two answers to each comment.

        Args:
            first: Raw outputs, (N, K).
            second: Raw outputs of another version of the same comments, (N, K).

        Returns:
            Mean over comments, summed over heads with their weights, a scalar (nats).
        """
        total = first.new_zeros(())
        for head in self.scheme.heads:
            if head.parent is not None:
                continue  # its labels compete under one sector only
            columns = self.scheme.slices[head.name]
            a, b = F.log_softmax(first[:, columns], 1), F.log_softmax(second[:, columns], 1)
            distance = ((a.exp() - b.exp()) * (a - b)).sum(1).mean() / 2
            total = total + self.weights.get(head.name, 1.0) * distance
        return total

    def _head_loss(self, head: Head, logits: Tensor, allowed: Tensor) -> Tensor:
        if head.parent is not None:
            siblings = self.get_buffer(f"siblings_{head.name}")
            logits = logits.masked_fill(~siblings[allowed.argmax(1)], -1e4)  # (n, k)
        log_p = F.log_softmax(logits, dim=1)  # (n, k)
        if head.ordinal:
            soft = allowed.clone()
            soft[:, 1:] += _NEIGHBOUR * allowed[:, :-1]
            soft[:, :-1] += _NEIGHBOUR * allowed[:, 1:]
            return -(soft / soft.sum(1, keepdim=True) * log_p).sum(1)
        return -torch.logsumexp(log_p.masked_fill(allowed == 0, -1e4), dim=1)
