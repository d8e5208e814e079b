"""Which environment variable sets which key; the environment wins over the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, SecretStr

from exporter.config.oncall import OncallConfig
from exporter.config.provider_bills import ProviderBillsConfig
from exporter.errors import ConfigError, Problem
from exporter.field_types import Section
from exporter.sources import SourcesConfig

CONFIG_VARIABLE = "COMMS_CONFIG"
DEFAULT_PATH = Path("config.yaml")
MAX_SECRET_BYTES = 64 * 1024


class Variable(NamedTuple):
    """A variable and its key; a secret may also come from the file that `NAME_FILE` names."""

    name: str
    path: tuple[str, ...]
    is_secret: bool = False


class Setting(NamedTuple):
    """A value found in the environment.

    Attributes:
        origin: the variable that gave it.
    """

    path: tuple[str, ...]
    value: str
    origin: str


def _given_in(above: str, sections: type[Section]) -> Iterator[Variable]:
    """What `given_by` says of the keys of these sections."""
    for name, section in sections.model_fields.items():
        yield from _of_section(type(section.default), (above, name))


def _of_section(section: type[BaseModel], path: tuple[str, ...]) -> Iterator[Variable]:
    for key, field in section.model_fields.items():
        said = field.json_schema_extra
        if isinstance(said, dict) and "variable" in said:
            kinds = (getattr(kind, "__origin__", kind) for kind in get_args(field.annotation))
            yield Variable(str(said["variable"]), (*path, key), is_secret=SecretStr in kinds)


VARIABLES = (
    Variable("DATABASE_URL", ("database_url",), is_secret=True),
    Variable("COMMS_LISTEN", ("listen",)),
    Variable("COMMS_DATA_DIR", ("data_dir",)),
    Variable("COMMS_PUBLIC_URL", ("public_url",)),
    Variable("COMMS_JWT_SECRET", ("api", "jwt_secret"), is_secret=True),
    *_given_in("sources", SourcesConfig),
    *_given_in("bills", ProviderBillsConfig),
    *_of_section(OncallConfig, ("oncall",)),
    Variable("SMTP_HOST", ("notifications", "smtp", "host")),
    Variable("SMTP_PORT", ("notifications", "smtp", "port")),
    Variable("SMTP_USERNAME", ("notifications", "smtp", "username")),
    Variable("SMTP_PASSWORD", ("notifications", "smtp", "password"), is_secret=True),
    Variable("SMTP_FROM_EMAIL", ("notifications", "smtp", "from_email")),
    Variable("SMTP_USE_TLS", ("notifications", "smtp", "use_tls")),
)


def settings(environ: Mapping[str, str]) -> list[Setting]:
    """Every key that the environment sets; an empty variable counts as unset.

    Raises:
        ConfigError: a secret given twice, or a secret file that cannot be used.
    """
    found: list[Setting] = []
    problems: list[Problem] = []
    for variable in VARIABLES:
        try:
            found.extend(_setting(variable, environ))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return found


def secret_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files that hold secrets."""
    names = (f"{variable.name}_FILE" for variable in VARIABLES if variable.is_secret)
    return tuple(Path(environ[name]) for name in names if environ.get(name))


def put(data: dict[str, Any], setting: Setting) -> None:
    """Set a key, and make the sections above it; what is no section is left for validation to name."""
    *above, key = setting.path
    section: Any = data
    for name in above:
        if section.get(name) is None:
            section[name] = {}
        section = section[name]
        if not isinstance(section, dict):
            return
    section[key] = setting.value


def _setting(variable: Variable, environ: Mapping[str, str]) -> Iterator[Setting]:
    value = environ.get(variable.name)
    file_name = f"{variable.name}_FILE"
    file = environ.get(file_name) if variable.is_secret else None
    if value and file:
        raise ConfigError([Problem(variable.name, f"{file_name} is set too; set one of the two")])
    if value:
        yield Setting(variable.path, value, variable.name)
    if file:
        yield Setting(variable.path, _secret_in(file, file_name), file_name)


def _secret_in(file: str, name: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            secret = opened.read(MAX_SECRET_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise ConfigError([Problem(name, f"cannot read {file}: {reason.lower()}")]) from None
    if len(secret) > MAX_SECRET_BYTES:
        raise ConfigError([Problem(name, f"{file} is larger than {MAX_SECRET_BYTES // 1024} KiB")])
    return _decoded(secret, file, name)


def _decoded(secret: bytes, file: str, name: str) -> str:
    try:
        return secret.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        pass
    # Raised out of reach of the decoding error, which holds the secret.
    raise ConfigError([Problem(name, f"{file} is not UTF-8")])
