"""How each part of an installation is: what `chaffinch doctor` shows."""
