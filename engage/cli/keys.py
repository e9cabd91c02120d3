"""vapid: a key for web push. Keys are printed for .env and kept nowhere else."""

from __future__ import annotations


def vapid() -> None:
    """Make a key with which people can get alerts in their browser; put the line into .env, once."""
    try:
        from engage.channels.push_crypto import new_key

        key = new_key()
    except ModuleNotFoundError as missing:
        from engage.errors import NotNow

        raise NotNow("Web push needs one more package. Run: pip install 'engage[push]'") from missing
    print(f"ENGAGE_VAPID_PRIVATE_KEY={key}")
