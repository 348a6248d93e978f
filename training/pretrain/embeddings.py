"""Static piece embeddings from co-occurrence counts, the encoder's starting point.

A transformer that sees few tokens spends most of them on learning what words mean; factorised
positive pointwise mutual information teaches that from the whole corpus in minutes.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

_CHUNK = 4_000_000  # tokens a scatter


def cooccurrence(
    token_files: list[NDArray[np.uint16]], n_pieces: int, *, window: int = 5
) -> Tensor:
    """Count pairs within ``window`` pieces, nearer ones weighing more (1 / distance).

    Args:
        token_files: Token arrays, each of shape (n_tokens,).
        n_pieces: Size V of the vocabulary.
        window: Largest distance counted, in pieces.

    Returns:
        Symmetric float32 counts of shape (V, V).
    """
    counts = torch.zeros(n_pieces * n_pieces, dtype=torch.float32)
    for tokens in token_files:
        for start in tqdm(range(0, len(tokens), _CHUNK), desc="co-occurrence", mininterval=5):
            ids = torch.from_numpy(tokens[start : start + _CHUNK].astype(np.int64))
            for distance in range(1, window + 1):
                keys = ids[:-distance] * n_pieces + ids[distance:]
                weights = torch.full((len(keys),), 1.0 / distance)
                counts.scatter_add_(0, keys, weights)
    square = counts.view(n_pieces, n_pieces)
    return square + square.T


def ppmi_embeddings(
    counts: Tensor, width: int, *, smoothing: float = 0.75, seed: int = 0
) -> Tensor:
    """Factorise positive PMI with a truncated SVD; return float32 vectors of shape (V, width).

    Source:
        Levy, Goldberg and Dagan (2015), TACL 3, sections 3 and 4: context smoothing 0.75 and
        square-root weighting of the singular values.
    """
    torch.manual_seed(seed)
    row = counts.sum(1)
    context = row**smoothing
    context /= context.sum()
    # Pieces that never occur (byte fallback) have empty rows: the floor keeps them at zero.
    ppmi = counts / row.clamp_min(1.0)[:, None] / context.clamp_min(1e-9)[None, :]
    ppmi = ppmi.clamp_min_(1.0).log_()  # negative values are clipped to zero
    left, singular, _ = torch.svd_lowrank(ppmi, q=width + 16, niter=3)
    vectors = left[:, :width] * singular[:width].sqrt()
    # Unit mean square, so that the caller sets one scale for the whole table.
    return (vectors - vectors.mean(0)) / vectors.std().clamp_min(1e-9)
