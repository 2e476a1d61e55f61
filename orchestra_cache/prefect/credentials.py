"""What the credential blocks of Prefect's collections are in the options of fsspec's libraries.

The collections need not be installed: a block is told by its type and its public fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from prefect.blocks.core import Block
from prefect.types import SecretDict
from pydantic import BaseModel

from orchestra_cache.errors import ConfigurationError

__all__ = ["no_credentials", "revived", "storage_options_of"]

_AZURE_HOST = ".blob.core.windows.net"


def storage_options_of(credentials: Block | SecretDict | None) -> dict[str, Any]:
    """The options that open what the credentials open.

    Raises:
        ConfigurationError: They are of a kind that is not known here, or cannot be said in options.
    """
    if credentials is None:
        return {}
    fields = _fields(credentials)
    slug = fields.get("block_type_slug") or _guessed(fields)
    known = _KINDS.get(slug)
    if known is None:
        raise ConfigurationError(
            f"credentials of the type {slug!r} are not known here",
            f"use one of {', '.join(sorted(_KINDS))}, or give `storage_options`",
        )
    return {name: value for name, value in known(fields).items() if value not in (None, {})}


def revived(fields: Mapping[str, Any]) -> Block | SecretDict:
    """The block that these fields are of; without its library they stay what they are, unshown."""
    # A saved block that refers to another is given its fields, and not always its type.
    slug = fields.get("block_type_slug") or _guessed(fields)
    try:
        return Block.get_block_class_from_key(slug).model_validate(dict(fields))
    except Exception:
        # It may need what only other machines have: a library, a file with a key.
        return SecretDict(dict(fields))


def no_credentials(given: object) -> ConfigurationError:
    """The error for what is no block, which may be the name of one."""
    slug, _, name = given.partition("/") if isinstance(given, str) else ("", "", "")
    if slug in _CLASSES and name:
        return ConfigurationError(
            f"credentials={given!r} is the name of a block, and not the block",
            f"give `{_CLASSES[slug]}.load({name!r})`",
        )
    # Not what it is: somebody may have given the key itself.
    return ConfigurationError(
        f"credentials= is given an object of type `{type(given).__name__}`, which is no block",
        "give `AwsCredentials.load('lake')`, or what fsspec takes as `storage_options=`",
    )


def _fields(credentials: Block | SecretDict) -> dict[str, Any]:
    if not isinstance(credentials, Block):
        return dict(_plain(credentials))
    fields = {name: getattr(credentials, name) for name in type(credentials).model_fields}
    return {**_plain(fields), "block_type_slug": credentials.get_block_type_slug()}


def _plain(value: Any) -> Any:
    """A value with its secrets, in plain dicts."""
    if hasattr(value, "get_secret_value"):
        return _plain(value.get_secret_value())
    if isinstance(value, BaseModel):
        return _plain(dict(value))
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _guessed(fields: Mapping[str, Any]) -> str:
    """The type of a block that has these fields."""
    for slug, names in _TELLING.items():
        if fields.keys() & names:
            return slug
    return ""


def _aws(fields: Mapping[str, Any]) -> dict[str, Any]:
    if fields.get("assume_role_arn"):
        raise ConfigurationError(
            "credentials that assume a role last for an hour, and then nothing renews them",
            "name the role in a profile of `~/.aws/config`, and give its `profile_name`",
        )
    return {
        "key": fields.get("aws_access_key_id"),
        "secret": fields.get("aws_secret_access_key"),
        "token": fields.get("aws_session_token"),
        "profile": fields.get("profile_name"),
        **_client(fields),
    }


def _minio(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": fields.get("minio_root_user"),
        "secret": fields.get("minio_root_password"),
        **_client(fields),
    }


def _client(fields: Mapping[str, Any]) -> dict[str, Any]:
    given = fields.get("aws_client_parameters") or {}
    config = dict(given.get("config") or {})
    anonymous = config.get("signature_version") == "unsigned" and config.pop("signature_version")
    certificates = given.get("verify_cert_path") or given.get("verify")
    client = {
        "region_name": fields.get("region_name"),
        "api_version": given.get("api_version"),
        "verify": certificates
        if isinstance(certificates, (bool, type(None)))
        else str(certificates),
    }
    return {
        "anon": True if anonymous else None,
        "endpoint_url": given.get("endpoint_url"),
        "use_ssl": False if given.get("use_ssl") is False else None,
        "config_kwargs": config,
        "client_kwargs": {name: value for name, value in client.items() if value is not None},
    }


def _gcp(fields: Mapping[str, Any]) -> dict[str, Any]:
    file = fields.get("service_account_file")
    return {
        "token": fields.get("service_account_info") or (str(file) if file else None),
        "project": fields.get("project"),
    }


def _azure(fields: Mapping[str, Any]) -> dict[str, Any]:
    if fields.get("connection_string"):
        return {"connection_string": fields["connection_string"]}
    host = urlsplit(fields.get("account_url") or "").netloc
    return {
        "account_name": host.partition(".")[0] or None,
        "account_host": None if host.endswith(_AZURE_HOST) else host or None,
        "client_id": fields.get("client_id"),
        "tenant_id": fields.get("tenant_id"),
        "client_secret": fields.get("client_secret"),
        # Otherwise adlfs takes an account without a key for a public one.
        "anon": False,
    }


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "aws-credentials": _aws,
    "azure-blob-storage-credentials": _azure,
    "gcp-credentials": _gcp,
    "minio-credentials": _minio,
}

_CLASSES: Mapping[str, str] = {
    "aws-credentials": "AwsCredentials",
    "azure-blob-storage-credentials": "AzureBlobStorageCredentials",
    "gcp-credentials": "GcpCredentials",
    "minio-credentials": "MinIOCredentials",
}

_TELLING: Mapping[str, frozenset[str]] = {
    "aws-credentials": frozenset(["aws_access_key_id", "profile_name"]),
    "azure-blob-storage-credentials": frozenset(["connection_string", "account_url"]),
    "gcp-credentials": frozenset(["service_account_info", "service_account_file"]),
    "minio-credentials": frozenset(["minio_root_user"]),
}
