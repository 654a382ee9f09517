"""Secrets are found, and what only looks like one is not.

No whole token stands in here: whoever searches this repository for secrets shall find none.
"""

import json
import random
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.core.secrets import find_secret

_RANDOM = random.Random(4)


def some(number: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_RANDOM.choice(alphabet) for _ in range(number))


UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HEX = "0123456789abcdef"
DIGITS = string.digits

TOKENS = (
    ("an AWS access key", "AKIA" + some(16, UPPER)),
    ("an AWS session key", "ASIA" + some(16, UPPER)),
    *(("a GitHub token", f"gh{kind}_" + some(36)) for kind in "pousr"),
    ("a GitHub token", "github_pat_" + some(22) + "_" + some(59)),
    ("a GitLab token", "glpat-" + some(20)),
    ("a GitLab token", "glpat-" + some(27) + ".01." + some(7, HEX)),
    ("a GitLab token", "glrt-" + some(20)),
    ("a GitLab token", "gldt-" + some(20)),
    ("a Slack token", f"xoxb-{some(12, DIGITS)}-{some(13, DIGITS)}-{some(24)}"),
    ("a Slack token", f"xoxp-{some(11, DIGITS)}-{some(11, DIGITS)}-{some(12, DIGITS)}-{some(32)}"),
    ("a Slack token", f"xapp-1-A{some(10, UPPER)}-{some(13, DIGITS)}-{some(64, HEX)}"),
    ("a Slack token", f"xoxb-{some(11, DIGITS)}-{some(24)}"),
    ("a Slack token", f"xoxe-1-{some(146, UPPER)}"),
    ("a Slack token", f"xoxe.xoxp-1-{some(163, UPPER)}"),
    *(
        ("a Slack token", f"xox{kind}-" + "-".join([some(11, DIGITS)] * 3) + f"-{some(30, HEX)}")
        for kind in "aceors"
    ),
    ("a Slack token", "xoxd-" + some(80) + "%2F" + some(40)),
    ("a Slack token", "xwfp-" + some(60)),
    (
        "a Slack webhook",
        f"https://hooks.slack.com/workflows/T{some(9, UPPER)}/A{some(9, UPPER)}/"
        + f"{some(18, DIGITS)}/{some(24)}",
    ),
    *(
        ("a GitLab token", f"{kind}-" + some(40))
        for kind in ("glptt", "glcbt", "glsoat", "glagent")
    ),
    ("a GitLab secret", "gloas-" + some(64)),
    ("an AWS secret key", "aws_secret_access_key = " + some(40)),
    ("an AWS secret key", 'AWS_SECRET_ACCESS_KEY="' + some(40)),
    ("a Stripe webhook secret", "whsec_" + some(32)),
    ("an Azure storage key", "AccountKey=" + some(86)),
    ("an age key", "AGE-SECRET-KEY-PQ-1" + some(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
    (
        "a Slack webhook",
        "https://hooks.slack.com/services/" + f"T{some(9, UPPER)}/B{some(9, UPPER)}/{some(24)}",
    ),
    ("a Stripe key", "sk_live_" + some(24)),
    ("a Stripe key", "rk_live_" + some(99)),
    ("a Google API key", "AIza" + some(35)),
    ("a Google client secret", "GOCSPX-" + some(28)),
    ("an npm token", "npm_" + some(36)),
    ("a PyPI token", "pypi-AgEIcHlwaS5vcmc" + some(150)),
    ("a PyPI token", "pypi-AgENdGVzdC5weXBpLm9yZw" + some(150)),
    ("an Anthropic key", "sk-ant-" + "api03-" + some(93) + "AA"),
    ("an OpenAI key", "sk-proj-" + some(120)),
    ("an OpenAI key", "sk-svcacct-" + some(120)),
    ("an OpenAI key", "sk-admin-" + some(120)),
    ("an OpenAI key", "sk-" + some(20) + "T3BlbkFJ" + some(20)),
    ("a Hugging Face token", "hf_" + some(34, string.ascii_letters)),
    ("a DigitalOcean token", "dop_v1_" + some(64, HEX)),
    ("a Docker token", "dckr_pat_" + some(27)),
    ("a SendGrid key", "SG." + some(22) + "." + some(43)),
    ("a Shopify token", "shpat_" + some(32, HEX)),
    ("a Vault token", "hvs." + some(95)),
    ("an age key", "AGE-SECRET-KEY-1" + some(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
)


@pytest.mark.parametrize(("name", "token"), TOKENS)
def test_every_format_is_found_wherever_it_stands(name: str, token: str) -> None:
    for text in (token, f"KEY={token}\n", f'{{"key": "{token}"}}', f"https://{token}@host/"):
        assert find_secret(text.encode()) == name
        assert find_secret(b"x" * 5000 + b"\n" + text.encode()) == name
    assert find_secret(f"key: {token}\r\n".encode("utf-16")) == name


@pytest.mark.parametrize(("name", "token"), TOKENS)
def test_a_piece_of_a_token_or_of_a_word_is_none(name: str, token: str) -> None:
    assert find_secret(token[: min(len(token) // 2, 30)].encode()) is None
    if not token.startswith(("https", "xoxe.")):
        assert find_secret(b"x" + token.encode()) is None


KEYS = (
    ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f"),
    ("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "a passphrase", "-f"),
    ("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "a passphrase", "-f"),
    ("openssl", "genpkey", "-quiet", "-algorithm", "ed25519", "-out"),
    ("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out"),
    ("openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-aes256", "-pass", "pass:x", "-out"),
)


@pytest.mark.parametrize("command", KEYS)
def test_private_keys_are_found_also_encrypted_and_inside_other_files(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "key"
    try:
        subprocess.run([*command, file], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip(f"{command[0]} is not installed")
    key = file.read_bytes()
    assert find_secret(key) == "a private key"
    assert find_secret(json.dumps({"private_key": key.decode()}).encode()) == "a private key"
    indented = b"key: |\n        " + key.replace(b"\n", b"\n        ")
    assert find_secret(indented) == "a private key"
    if (public := file.with_suffix(".pub")).exists():
        assert find_secret(public.read_bytes()) is None


def test_pgp_and_putty_keys_are_found() -> None:
    lines = "\n".join(some(64) for _ in range(5))
    begin = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----"
    assert find_secret(f"{begin}\nVersion: GnuPG v2\n\n{lines}\n".encode()) == "a PGP private key"
    putty = f"PuTTY-User-Key-File-3: ssh-rsa\nComment: me@example.org\nPrivate-Lines: 5\n{lines}"
    assert find_secret(putty.encode()) == "a PuTTY private key"


HARMLESS = (
    "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']",
    "xoxb-" + "1111-your_token-here",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "x" * 36,
    "ghp_" + "1234567890abcdefghijklmnopqrstuvwxyz",
    "npm_" + "A" * 36,
    "sk-ant-" + "api03-your_key_goes_here-and-it-has-to-be-long-enough-to-look-like-a-real-one-ok",
    "sk_test_" + some(24),
    "-----BEGIN RSA " + "PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
    "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqh...\n-----END PRIVATE KEY-----\n",
    "grep for -----BEGIN "
    + "OPENSSH PRIVATE KEY----- to find your keys in the whole home folder\n",
    f"-----BEGIN PUBLIC KEY-----\n{some(64)}\n{some(64)}\n-----END PUBLIC KEY-----\n",
    f"-----BEGIN CERTIFICATE-----\n{some(64)}\n{some(64)}\n-----END CERTIFICATE-----\n",
    f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{some(43)} me@host",
    some(40, HEX),
    f"sha512-{some(86)}==",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_public_keys_and_documentation_are_no_secrets(text: str) -> None:
    assert find_secret(text.encode()) is None


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_searched(content: bytes) -> None:
    find_secret(content)


def test_our_own_source_holds_no_secret() -> None:
    for file in Path(__file__).parents[2].glob("autosyncd/**/*.py"):
        assert find_secret(file.read_bytes()) is None, file
