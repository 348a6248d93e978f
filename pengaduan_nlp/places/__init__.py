"""Places: the gazetteer of Indonesia's regions and the finder of places in comments."""
