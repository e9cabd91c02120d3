"""systemd units for one installation: text only. Nothing is written or started here.

One unit runs `engage up`; or there is one for each process, for those who want to restart and watch them one by one. A
timer makes a backup every night.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STOP = 150  # seconds: `engage up` stops its processes in four groups, each within thirty
KEEP = 14  # nightly backups
# What none of our programs needs. Writing is possible in the data folder only.
HARDENED = """\
UMask=0077
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome={home}
ProtectProc=invisible
ProtectClock=true
ProtectHostname=true
ProtectControlGroups=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
PrivateDevices=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
RemoveIPC=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
ReadWritePaths={writable}
"""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where everything is and who runs it. All paths are absolute."""

    project: Path
    command: Path
    data: Path
    user: str
    host: str
    port: int
    after: tuple[str, ...] = ()  # units of ours to wait for, such as postgresql.service


def together(of: Installation) -> dict[str, str]:
    """One unit for everything, and the nightly backup."""
    up = ("up", "--host", of.host, "--port", str(of.port), "--data", str(of.data))
    return {"engage.service": _service(of, "Community meetings and messages to residents", up), **_backup(of)}


def separately(of: Installation) -> dict[str, str]:
    """A unit for each process, held together by a target, and the nightly backup."""
    web = ("web", "--host", of.host, "--port", str(of.port))
    programs: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
        "redis": ("doorbell", ("redis",), ()),
        "relay": ("relay, which also migrates", ("relay",), ("engage-redis.service",)),
        "web": ("pages and feeds", web, ("engage-relay.service",)),
        "worker": ("worker", ("worker",), ("engage-redis.service", "engage-relay.service")),
        "urgent": ("urgent worker", ("worker", "--lane", "urgent"), ("engage-redis.service", "engage-relay.service")),
    }
    units = {
        f"engage-{name}.service": _service(of, f"engage: {what}", words, after=after, part_of="engage.target")
        for name, (what, words, after) in programs.items()
    }
    wants = " ".join(units)
    target = f"[Unit]\nDescription=engage, all its processes\nWants={wants}\n\n[Install]\nWantedBy=multi-user.target\n"
    return {"engage.target": target, **units, **_backup(of)}


def _service(
    of: Installation, what: str, words: tuple[str, ...], *, after: tuple[str, ...] = (), part_of: str | None = None
) -> str:
    waits = " ".join(("network-online.target", *of.after, *after))
    unit = f"[Unit]\nDescription={what}\nWants=network-online.target\nAfter={waits}\nStartLimitIntervalSec=0\n"
    unit += f"PartOf={part_of}\n" if part_of else ""
    run = f"\n[Service]\nType=exec\n{_who(of)}ExecStart={_command(of, *words)}\nRestart=always\nRestartSec=5\n"
    run += f"KillMode=mixed\nTimeoutStopSec={STOP}\n"
    install = f"\n[Install]\nWantedBy={part_of or 'multi-user.target'}\n"
    return unit + run + _hardened(of) + install


def _backup(of: Installation) -> dict[str, str]:
    words = ("backup", str(of.data / "backups"), "--keep", str(KEEP))
    service = (
        "[Unit]\nDescription=engage: nightly backup\n\n[Service]\nType=oneshot\n"
        f"{_who(of)}ExecStart={_command(of, *words)}\n{_hardened(of)}"
    )
    timer = (
        "[Unit]\nDescription=engage: nightly backup\n\n[Timer]\nOnCalendar=*-*-* 03:30:00\nRandomizedDelaySec=15min\n"
        "Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {"engage-backup.service": service, "engage-backup.timer": timer}


def _who(of: Installation) -> str:
    """The settings are read by systemd as root, and by the program; a missing file is no error, live mode says more."""
    lines = (
        f"User={of.user}",
        f"WorkingDirectory={_plain(of.project)}",
        f"EnvironmentFile=-{_plain(of.project / '.env')}",
        f"Environment={_quoted(f'ENGAGE_DATA_DIR={of.data}')} PYTHONUNBUFFERED=1 ENGAGE_LOG_FORMAT=json",
    )
    return "".join(f"{line}\n" for line in lines)


def _hardened(of: Installation) -> str:
    """A project below /home must stay readable."""
    paths = (of.project, of.data, of.command)
    at_home = any(path.is_relative_to(home) for path in paths for home in ("/home", "/root", "/run/user"))
    return HARDENED.format(home="read-only" if at_home else "true", writable=_quoted(str(of.data)))


def _command(of: Installation, *words: str) -> str:
    return " ".join(_quoted(word).replace("$", "$$") for word in (str(of.command), *words))


def _quoted(text: str) -> str:
    """As systemd reads it: percent signs doubled, and quotes where there is anything unusual."""
    text = text.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return text if text and not set(text) & set(" \t'\"\\;") else f'"{text}"'


def _plain(path: Path) -> str:
    """A path that takes the whole line and no quotes."""
    return str(path).replace("%", "%%")


def commands(of: Installation, names: list[str], folder: str) -> list[str]:
    """What an administrator types to put the units to use."""
    first = "engage.target" if "engage.target" in names else "engage.service"
    return [
        f"sudo useradd --system --home-dir {of.data} --shell /usr/sbin/nologin {of.user}    # once, if there is none",
        f"sudo install -d -o {of.user} -g {of.user} -m 700 {of.data}",
        f"sudo chown {of.user} {of.project / '.env'} && sudo chmod 600 {of.project / '.env'}    # where there is one",
        f"sudo cp {' '.join(f'{folder}/{name}' for name in names)} /etc/systemd/system/",
        "sudo systemctl daemon-reload",
        f"sudo systemctl enable --now {first} engage-backup.timer",
        f"systemctl status {first}    # and what it says: journalctl -u 'engage*' -f",
    ]
