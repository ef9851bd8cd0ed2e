"""The pure core: what a comment is, how it is read, judged and decided. No web, database or model framework."""
