"""The views of a text: readings in which disguised spellings meet, each aligned with the text as sent."""
