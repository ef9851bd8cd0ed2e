"""The command line and the composition root: the only place where the online and the offline column meet."""

from registry.opt_out import opt_out

__version__ = "0.1.0"

opt_out()
