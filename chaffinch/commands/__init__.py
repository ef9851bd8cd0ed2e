"""One module for each group of commands; heavy rooms are imported when a command runs."""
