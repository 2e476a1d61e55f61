"""What a block opens its place with, and that nobody is shown it."""

from __future__ import annotations

import json
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
from prefect.blocks.core import Block
from prefect.types import SecretDict
from prefect_aws import AwsCredentials, MinIOCredentials
from pydantic import SecretStr

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.prefect import OrchestraStorage
from orchestra_cache.prefect.credentials import storage_options_of
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows
from tests.integration.prefect_engine.saved_blocks import Saved

S3 = tuple[str, dict[str, Any]]


class GcpCredentials(Block):
    """The public fields of the block of this name in prefect-gcp, which is not installed here."""

    _block_type_name = "GCP Credentials"

    service_account_file: Path | None = None
    service_account_info: SecretDict | None = None
    project: str | None = None


class AzureBlobStorageCredentials(Block):
    """The public fields of the block of this name in prefect-azure."""

    _block_type_name = "Azure Blob Storage Credentials"

    connection_string: SecretStr | None = None
    account_url: str | None = None
    client_id: str | None = None
    tenant_id: str | None = None
    client_secret: SecretStr | None = None


def aws(s3: S3) -> AwsCredentials:
    _, options = s3
    return AwsCredentials(
        aws_access_key_id=options["key"],
        aws_secret_access_key=options["secret"],
        region_name="us-east-1",
        aws_client_parameters={"endpoint_url": options["endpoint_url"]},
    )


def test_results_lie_on_s3_behind_saved_credentials(
    flows: Flows, marks: Marks, saved: Saved, s3: S3
):
    with saved.server():
        aws(s3).save("opens-the-lake", overwrite=True, _sync=True)
        held = AwsCredentials.load("opens-the-lake", _sync=True)
    block = saved(url=s3[0], credentials=held)

    first = flows.run("blocks.called", block, "large", 1)
    second = flows.run("blocks.called", block, "large", 1)

    assert [*first.states, *second.states] == ["Completed", "Cached"]
    assert first.warnings == second.warnings == []
    assert marks.of("large") == [[1]]


def test_saved_credentials_stay_a_block_of_their_own(saved: Saved, s3: S3):
    with saved.server():
        held = aws(s3)
        held.save("opens-the-lake", overwrite=True, _sync=True)
    name = saved(credentials=held)

    with saved.server():
        loaded = OrchestraStorage.load(name, _sync=True)
        loaded.save(name, overwrite=True, _sync=True)
        again = OrchestraStorage.load(name, _sync=True)

    assert type(loaded.credentials) is AwsCredentials
    assert again.credentials._block_document_name == "opens-the-lake"


def test_a_block_may_be_filled_in_by_hand(saved: Saved, s3: S3):
    with saved.server():
        OrchestraStorage.register_type_and_schema(_sync=True)
        held = aws(s3).save("opens-the-lake", overwrite=True, _sync=True)
    name = saved.as_pages_do(
        storage_options={"use_ssl": False},
        near_size="10GB",
        credentials={"$ref": {"block_document_id": str(held)}},
    )

    with saved.server():
        loaded = OrchestraStorage.load(name, _sync=True)

    assert loaded.storage_options.get_secret_value() == {"use_ssl": False}
    assert loaded.near_size == 10_000_000_000
    assert storage_options_of(loaded.credentials)["key"] == s3[1]["key"]


def test_results_lie_on_s3_behind_storage_options(flows: Flows, marks: Marks, saved: Saved, s3: S3):
    url, options = s3
    block = saved(url=url, storage_options=options)

    flows.run("blocks.called", block, "total", 1)
    run = flows.run("blocks.called", block, "total", 1)

    assert run.states == ["Cached"]
    assert marks.of("total") == [[1]]


def test_no_secret_of_a_block_is_shown(saved: Saved, s3: S3):
    secret = f"geheim-{uuid4().hex}"
    fields = {
        "storage_options": {"key": secret, "client_kwargs": {"nested": secret}},
        "secrets_key": secret,
        "keys": [new_hmac_key(), secret],
        "leases": f"redis://:{secret}@127.0.0.1:6379/0",
        "credentials": AwsCredentials(aws_access_key_id="id", aws_secret_access_key=secret),
    }
    name = saved(**fields)

    with saved.server():
        loaded = OrchestraStorage.load(name, _sync=True)

    assert loaded.secrets_key.get_secret_value() == secret
    assert secret not in repr(loaded)
    assert name in saved.shown()
    assert secret not in saved.shown()


def test_credentials_without_their_library_still_open_and_are_not_shown():
    block = OrchestraStorage(
        url="s3://lake",
        credentials={"block_type_slug": "no-such", "aws_access_key_id": "id"},
    )
    fields = {"connection_string": "AccountKey=geheim", "account_url": None}
    by_hand = OrchestraStorage(url="abfs://lake", credentials=fields)

    assert "geheim" not in repr(by_hand)
    assert storage_options_of(by_hand.credentials) == {"connection_string": "AccountKey=geheim"}
    with pytest.raises(ConfigurationError, match="no-such"):
        storage_options_of(block.credentials)


def test_one_process_has_one_cache_for_one_content(tmp_path: Path):
    def cache(**fields: Any) -> object:
        return OrchestraStorage(url=str(tmp_path), **fields).cache()

    assert cache() is cache()
    assert cache(storage_options={"key": "a"}) is cache(storage_options={"key": "a"})
    assert cache(storage_options={"key": "a"}) is not cache(storage_options={"key": "b"})
    assert cache(secrets_key=token_hex(32)) is not cache(secrets_key=token_hex(32))
    assert cache(credentials=AwsCredentials(aws_access_key_id="a")) is not cache()


def test_options_hold_where_credentials_say_something_else(tmp_path: Path):
    one = OrchestraStorage(url=str(tmp_path), storage_options={"key": "b"})
    both = OrchestraStorage(
        url=str(tmp_path),
        storage_options={"key": "b"},
        credentials=AwsCredentials(aws_access_key_id="a"),
    )

    assert both.cache() is one.cache()


@pytest.mark.parametrize(
    ("credentials", "options"),
    [
        pytest.param(AwsCredentials(), {}, id="what the machine has"),
        pytest.param(
            AwsCredentials(
                aws_access_key_id="id",
                aws_secret_access_key="secret",
                aws_session_token="token",
                profile_name="lake",
                region_name="eu-west-1",
                aws_client_parameters={
                    "endpoint_url": "http://127.0.0.1:9000",
                    "use_ssl": False,
                    "verify_cert_path": __file__,
                    "config": {"max_pool_connections": 4},
                },
            ),
            {
                "key": "id",
                "secret": "secret",
                "token": "token",
                "profile": "lake",
                "endpoint_url": "http://127.0.0.1:9000",
                "use_ssl": False,
                "config_kwargs": {"max_pool_connections": 4},
                "client_kwargs": {"region_name": "eu-west-1", "verify": __file__},
            },
            id="all of AWS",
        ),
        pytest.param(
            AwsCredentials(aws_client_parameters={"config": {"signature_version": "unsigned"}}),
            {"anon": True},
            id="a public bucket",
        ),
        pytest.param(
            AwsCredentials(aws_client_parameters={"verify": False}),
            {"client_kwargs": {"verify": False}},
            id="no certificates",
        ),
        pytest.param(
            MinIOCredentials(minio_root_user="root", minio_root_password="secret"),
            {"key": "root", "secret": "secret"},
            id="MinIO",
        ),
        pytest.param(
            GcpCredentials(service_account_info={"type": "service_account"}, project="lake"),
            {"token": {"type": "service_account"}, "project": "lake"},
            id="a key of GCP",
        ),
        pytest.param(
            GcpCredentials(service_account_file="/keys/lake.json"),
            {"token": "/keys/lake.json"},
            id="a file with a key of GCP",
        ),
        pytest.param(
            AzureBlobStorageCredentials(
                connection_string="AccountName=lake;AccountKey=key", account_url="https://other"
            ),
            {"connection_string": "AccountName=lake;AccountKey=key"},
            id="a connection string of Azure",
        ),
        pytest.param(
            AzureBlobStorageCredentials(
                account_url="https://lake.blob.core.windows.net",
                client_id="id",
                tenant_id="tenant",
                client_secret="secret",
            ),
            {
                "account_name": "lake",
                "client_id": "id",
                "tenant_id": "tenant",
                "client_secret": "secret",
                "anon": False,
            },
            id="a service principal of Azure",
        ),
        pytest.param(
            AzureBlobStorageCredentials(account_url="https://lake.blob.core.chinacloudapi.cn/"),
            {
                "account_name": "lake",
                "account_host": "lake.blob.core.chinacloudapi.cn",
                "anon": False,
            },
            id="another cloud of Azure",
        ),
    ],
)
def test_credentials_are_the_options_of_their_file_system(credentials, options):
    found = storage_options_of(credentials)

    assert found == options
    assert json.loads(json.dumps(found)) == options


def test_a_role_that_would_have_to_be_assumed_again_is_refused():
    credentials = AwsCredentials(assume_role_arn="arn:aws:iam::1:role/lake")

    with pytest.raises(ConfigurationError, match="role"):
        storage_options_of(credentials)
