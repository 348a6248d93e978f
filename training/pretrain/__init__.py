"""Pretraining of the encoder."""
