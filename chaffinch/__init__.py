"""The command line and the composition root: the only place where the online and the offline column meet."""

__version__ = "0.1.0"
