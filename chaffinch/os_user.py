"""Who types: as the operating system knows them, not as they or the environment say."""

from __future__ import annotations

import os


def os_user() -> str:
    """The name of the account that runs this process, by its real id; `uid 1234` where it has no name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except ImportError:  # Windows
        return os.getlogin()
    except KeyError:
        return f"uid {os.getuid()}"
