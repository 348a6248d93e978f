"""Which agency could act on a comment, what it still lacks, and how confidential it is.

Rules over data (``knowledge.json``); knows nothing about models, files or the command line.
"""
