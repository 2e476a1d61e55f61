"""Which options of the fsspec libraries mean something to obstore, and what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ACCOUNTS", "Account"]


@dataclass(frozen=True, slots=True)
class Account:
    """A place in obstore's words.

    Attributes:
        kind: The class of `obstore.store`.
        tag: Which of an object's metadata names its version.
        hides_missing: A refusal may mean that nothing is there.
        signs: It has what makes URLs that work without a header.
    """

    kind: str
    bucket: str
    prefix: str
    tag: str
    hides_missing: bool
    terms: Mapping[str, Any]
    signs: bool = False


def _s3(options: Mapping[str, Any], bucket: str, prefix: str) -> Account | None:
    client = dict(options.get("client_kwargs") or {})
    endpoint = options.get("endpoint_url") or client.pop("endpoint_url", None)
    region = client.pop("region_name", None)
    known = {"key", "secret", "token", "anon", "endpoint_url", "client_kwargs"}
    anonymous, signed = options.get("anon"), options.get("key") and options.get("secret")
    # Without a region botocore follows redirects, and obstore does not.
    if options.keys() - known or client or not (anonymous or signed) or not (endpoint or region):
        return None
    config = {"region": region or "us-east-1", "virtual_hosted_style_request": False}
    if endpoint:
        config["endpoint"] = endpoint
    terms: dict[str, Any] = {"config": config}
    if anonymous:
        config["skip_signature"] = True
    else:
        # Not as configuration: obstore would add a session token that it finds around it.
        terms["credential_provider"] = _keys(options)
    return Account("S3Store", bucket, prefix, "e_tag", True, terms, signs=not anonymous)


def _keys(options: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
    def provide() -> dict[str, Any]:
        return {
            "access_key_id": options["key"],
            "secret_access_key": options["secret"],
            "token": options.get("token"),
            "expires_at": None,
        }

    return provide


def _azure(options: Mapping[str, Any], bucket: str, prefix: str) -> Account | None:
    known = {"account_name", "account_key", "connection_string", "sas_token"}
    # `container@account.dfs…` has the account in the URL.
    if options.keys() - known or "@" in bucket:
        return None
    given = _connection(str(options.get("connection_string") or "")) or dict(options)
    name, key, sas = (given.get(word) for word in ("account_name", "account_key", "sas_token"))
    if not name or not (key or sas):
        return None
    endpoint = given.get("endpoint") or f"https://{name}.blob.core.windows.net"
    secret = {"account_key": key} if key else {"sas_key": str(sas).lstrip("?")}
    terms = {"config": {"account_name": name, "endpoint": endpoint.rstrip("/"), **secret}}
    return Account("AzureStore", bucket, prefix, "e_tag", False, terms)


def _connection(text: str) -> dict[str, Any]:
    """The parts of a connection string, named as the options are."""
    parts = [part.partition("=") for part in text.strip(";").split(";") if part]
    words = {name: value for name, _, value in parts}
    given = {
        "account_name": words.get("AccountName"),
        "account_key": words.get("AccountKey"),
        "sas_token": words.get("SharedAccessSignature"),
        "endpoint": words.get("BlobEndpoint"),
    }
    if "EndpointSuffix" in words and not given["endpoint"]:
        protocol = words.get("DefaultEndpointsProtocol", "https")
        host = f"{given['account_name']}.blob.{words['EndpointSuffix']}"
        given["endpoint"] = f"{protocol}://{host}"
    return given if words else {}


# Not GCS: its emulators do not know the conditional writes that obstore uses there, so that nothing
# would show that they work.
ACCOUNTS: Mapping[str, Callable[[Mapping[str, Any], str, str], Account | None]] = {
    "azure": _azure,
    "s3": _s3,
}
