"""How the models and the knowledge were made; not installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the checkout
