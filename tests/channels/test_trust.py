"""Certificates of a self-made authority."""

import ssl
from pathlib import Path

import pytest

from autosyncd.channels.trust import trusting
from tests.channels.xmpp.prosody import make_certificates


def test_only_the_given_authority_is_trusted_and_need_not_be_a_perfect_one(tmp_path: Path) -> None:
    make_certificates(tmp_path, "localhost")
    context = trusting(tmp_path / "ca.crt")
    assert [dict(x[0] for x in one["subject"]) for one in context.get_ca_certs()] == [  # type: ignore[misc] # typeshed has no better
        {"commonName": "Test Authority"}
    ]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_what_holds_no_certificate_is_an_error(tmp_path: Path) -> None:
    for file in (tmp_path / "none", Path("/dev/null")):
        with pytest.raises(OSError, match=r".*"):
            trusting(file)
