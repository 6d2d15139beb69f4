"""Headers that are wrong: what a recording really holds, and a header that says so."""
