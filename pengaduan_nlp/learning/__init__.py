"""Training on labelled comments; needs the ``[train]`` extra."""
