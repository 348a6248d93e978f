"""How the models and the knowledge were made; not installed."""
