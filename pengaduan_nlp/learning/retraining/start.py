"""What a run starts from: a bundle with its heads, or an encoder with fresh ones.

Knows how weights are carried from one label system to another; nothing about data.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from ... import bundle as layout
from ...bundle import Bundle
from ...errors import BundleError, RecipeError
from ...runtime.torch_model import TriageNetwork
from ...runtime.torch_runtime import load_network
from ...scheme import LabelScheme
from ...tokenizer import MAX_TOKENS
from ..model import build_network, describe_encoder, with_new_heads
from ..recipe import Recipe
from .options import TrainOptions

_NEW_LABEL_NOISE = 0.02  # standard deviation, as of fresh heads


@dataclass(frozen=True)
class Start:
    """Where a run begins.

    Attributes:
        bundle: Bundle to compare with; ``None`` if there is none.
        old_scheme: Its heads and labels.
        encoder: Encoder to start from instead of the bundle's network.
    """

    bundle: Bundle | None
    old_scheme: LabelScheme | None
    encoder: str | None

    @classmethod
    def open(cls, options: TrainOptions) -> "Start":
        """Open the bundle of the options.

        Raises:
            BundleError: If it cannot be opened, unless an encoder and a scheme replace it.
        """
        encoder = None if options.encoder is None else os.fspath(options.encoder)
        try:
            bundle = Bundle.open(options.start)
        except BundleError:
            if encoder is None or options.scheme is None:
                raise
            return cls(None, None, encoder)
        return cls(bundle, LabelScheme.load(bundle.file(layout.SCHEME)), encoder)

    @property
    def name(self) -> str:
        """Name and version of the bundle; empty if there is none."""
        return f"{self.bundle.name} {self.bundle.version}" if self.bundle else ""

    def scheme(self, path: str | os.PathLike[str] | None) -> LabelScheme:
        """Return the scheme of a file, or the bundle's own."""
        if path is not None or self.old_scheme is None:
            return LabelScheme.load(Path(path or layout.SCHEME))
        return self.old_scheme

    def carried(self, scheme: LabelScheme) -> dict[str, list[str]]:
        """Return the labels of each head that the starting network can tell already."""
        if self.encoder is not None or self.old_scheme is None:
            return {}
        old = {head.name: set(head.slugs) for head in self.old_scheme.heads}
        found = {
            head.name: [slug for slug in head.slugs if slug in old.get(head.name, ())]
            for head in scheme.heads
        }
        return {name: slugs for name, slugs in found.items() if slugs}

    def build(self, scheme: LabelScheme, recipe: Recipe) -> TriageNetwork:
        """Return the network to train.

        Raises:
            RecipeError: If the encoder cannot be loaded or reads too few pieces.
            BundleCorrupt: If the bundle's weights cannot be loaded.
        """
        folder = self._encoder_bundle()
        if folder is not None:
            return with_new_heads(load_network(folder), scheme.n_outputs, recipe)
        if self.encoder is not None:
            network = build_network(recipe, scheme.n_outputs)
            longest = getattr(network.encoder.config, "max_position_embeddings", MAX_TOKENS)
            if longest < MAX_TOKENS:
                raise RecipeError(
                    f"encoder {self.encoder!r} reads {longest} pieces; at least {MAX_TOKENS} are "
                    "needed: choose another encoder"
                )
            return network
        bundle, old = self._bundle()
        network = load_network(bundle)
        if old == scheme:
            network.dropout = torch.nn.Dropout(recipe.dropout)
            return network
        return carry_heads(network, old, scheme, recipe)

    def _bundle(self) -> tuple[Bundle, LabelScheme]:
        if self.bundle is None or self.old_scheme is None:
            raise RecipeError("neither a bundle nor an encoder to start from; name one")
        return self.bundle, self.old_scheme

    def _encoder_bundle(self) -> Bundle | None:
        """Return the encoder's folder as a bundle, if it is one."""
        is_bundle = self.encoder is not None and (Path(self.encoder) / layout.MANIFEST).is_file()
        return Bundle.open(str(self.encoder)) if is_bundle else None

    def write_tokenizer(self, folder: Path) -> Path:
        """Return the file of the network's tokenizer, written into ``folder`` if there is none.

        Raises:
            RecipeError: If the encoder has no tokenizer that can be used without its own code.
        """
        bundle = self._encoder_bundle() if self.encoder is not None else self.bundle
        if bundle is not None:
            return bundle.vocabulary
        own = Path(str(self.encoder)) / layout.VOCABULARY
        if own.is_file():
            return own
        path = folder / layout.TOKENIZER
        path.write_text(_read_tokenizer(str(self.encoder)), encoding="utf-8")
        return path

    def describe(self) -> dict[str, Any]:
        """Return what the manifest says of the encoder."""
        if self.encoder is not None:
            return describe_encoder(Path(self.encoder)) | {"started from": self.encoder}
        return dict(self._bundle()[0].manifest.get("encoder") or {})


def _read_tokenizer(encoder: str) -> str:
    """Return an encoder's ``tokenizer.json`` with the padding that its configuration names."""
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(encoder)
        fast = tokenizer.backend_tokenizer
        fast.enable_padding(pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token)
        if len(fast.encode("").ids) != 2:
            raise ValueError("it does not close a text with one begin and one end")
        return str(fast.to_str())
    except Exception as error:  # transformers and tokenizers raise many types
        raise RecipeError(
            f"encoder {encoder!r} has no tokenizer that can be used ({error}); choose one with a "
            f"tokenizer.json, or a folder with {layout.VOCABULARY} (sentencepiece)"
        ) from error


def carry_heads(
    network: TriageNetwork, old: LabelScheme, new: LabelScheme, recipe: Recipe
) -> TriageNetwork:
    """Return the network with the heads of another scheme; what both schemes name is kept.

    A new label of a head that is known starts as the mean of the head's labels, so that it is
    neither favoured nor shut out; a new head starts untrained.
    """
    weight, bias = network.heads.weight.detach().clone(), network.heads.bias.detach().clone()
    network = with_new_heads(network, new.n_outputs, recipe)
    known = {head.name: head for head in old.heads}
    with torch.no_grad():
        for head in new.heads:
            before = known.get(head.name)
            if before is None:
                continue
            rows = list(range(old.n_outputs))[old.slices[head.name]]
            positions = dict(zip(before.slugs, rows, strict=True))
            start = new.slices[head.name].start
            for column, slug in enumerate(head.slugs, start):
                if slug in positions:
                    network.heads.weight[column] = weight[positions[slug]]
                    network.heads.bias[column] = bias[positions[slug]]
                else:
                    noise = torch.randn(weight.shape[1]) * _NEW_LABEL_NOISE
                    network.heads.weight[column] = weight[rows].mean(0) + noise
                    network.heads.bias[column] = bias[rows].mean()
    return network


def head_weights(bundle: Bundle | None, scheme: LabelScheme) -> Mapping[str, float]:
    """Return the weights of the heads' losses that the bundle was trained with."""
    recipe = bundle.manifest.get("recipe", {}) if bundle else {}
    weights = recipe.get("head_weights", {})
    return {name: float(value) for name, value in weights.items() if scheme.has(name)}


def same_labels(old: LabelScheme | None, new: LabelScheme) -> Sequence[str]:
    """Return the heads that have the same labels in the same order in both."""
    if old is None:
        return ()
    return [h.name for h in new.heads if old.has(h.name) and old.head(h.name).slugs == h.slugs]
