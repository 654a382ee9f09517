"""Private keys and access tokens in the content of files, told by their published formats.

Few patterns, each with a prefix that hardly occurs elsewhere, instead of guesses by entropy or by
names of variables: a file that is held without need is work for its owner. Prefixes are searched
first, each once: that takes 2 s for 100 MB, less than an expression with all alternatives.
(detect-secrets 1.5, the one library there is, needs 4 s for each megabyte and takes AWS's own
EXAMPLE key for one.)
Formats: RFC 7468, RFC 4716, RFC 9580, and the pages on tokens of those who issue them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

OVERLAP = 4096
"""Bytes that two pieces of a file must share for nothing to be cut apart."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a kind of secret looks like; `prefix` begins every match of `pattern`.

    `random`: it is so from its first to its last character, as a key's encoding is not.
    """

    name: str
    prefix: bytes
    pattern: re.Pattern[bytes]
    random: bool = True


def find_secret(content: bytes) -> str | None:
    """What kind of secret is in there, None if nothing looks like one."""
    if content.startswith(UTF16):
        content = content.replace(b"\0", b"")
    for prefix, forms in _BY_PREFIX.items():
        for at in _places(prefix, content):
            for form in forms:
                match = form.pattern.match(content, at)
                if match and _real(match["body"], form):
                    return form.name
    return None


def _places(prefix: bytes, content: bytes) -> Iterator[int]:
    """Where a prefix stands that is no part of a longer word."""
    at = content.find(prefix)
    while at >= 0:
        if at == 0 or not content[at - 1 : at].isalnum():
            yield at
        at = content.find(prefix, at + 1)


def _real(body: bytes, form: Format) -> bool:
    """Documentation has EXAMPLE, xxxxxx or 1234567 in there."""
    if len(set(body)) < _VARIETY or _SAMPLE.search(body):
        return False
    if not form.random:
        return True
    lowered = body.lower()
    ascends = any(lowered[i : i + 7] in _ASCENDING for i in range(len(lowered) - 6))
    return not ascends and not _REPEATED.search(body)


_VARIETY = 9
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""How text begins that has a NUL in every other byte."""

_SAMPLE = re.compile(rb"example|placeholder|redacted|dummy|sample_?|your_|fake", re.IGNORECASE)
_REPEATED = re.compile(rb"(.)\1{5}")
_ASCENDING = b"01234567890 abcdefghijklmnopqrstuvwxyz"

_GAP = rb"(?:\\[rn]|[\s\"'+,>#*/|\\])"
"""What may stand between a key's lines: line breaks, also escaped ones, and quoting."""

_KEY_HEADERS = (
    rb"(?:" + _GAP + rb"*[A-Za-z][A-Za-z-]{1,30}: [^\r\n\\]{0,200}(?:\\[rn]|[\r\n])+){0,8}"
)


def _key(name: str, begin: bytes) -> Format:
    """A block of base64 with a real first line; also when it is encrypted by a passphrase."""
    body = rb"(?P<body>[A-Za-z0-9/+]{48,76})"
    pattern = re.compile(begin + _KEY_HEADERS + _GAP + rb"{1,80}" + body)
    return Format(name, b"-----BEGIN ", pattern, random=False)


def _token(name: str, prefix: bytes, body: bytes, before: bytes = b"") -> Format:
    """A token that ends where its characters end; `before` stands between prefix and body."""
    pattern = re.escape(prefix) + before + rb"(?P<body>" + body + rb")(?![A-Za-z0-9_])"
    return Format(name, prefix, re.compile(pattern))


_WORD = rb"[A-Za-z0-9_-]"
_ASSIGNED = rb"[\"']?\s{0,10}[=:]{1,2}>?\s{0,10}[\"']?"
"""Between a name and its value, in the notations of shells, JSON, YAML and programs."""

FORMATS = (
    _key(
        "a private key",
        rb"-----BEGIN ((RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY) )?PRIVATE KEY-----",
    ),
    _key("a PGP private key", rb"-----BEGIN PGP PRIVATE KEY BLOCK-----"),
    Format(
        "an SSH private key",
        b"---- BEGIN SSH2 ",
        re.compile(
            rb"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
            + _KEY_HEADERS
            + _GAP
            + rb"{1,80}(?P<body>[A-Za-z0-9/+]{48,76})"
        ),
        random=False,
    ),
    Format(
        "a PuTTY private key",
        b"PuTTY-User-Key-File-",
        re.compile(
            rb"PuTTY-User-Key-File-[23]: [\s\S]{1,4000}?Private-Lines: \d+\s+"
            rb"(?P<body>[A-Za-z0-9/+]{24,64})"
        ),
        random=False,
    ),
    _token(
        "an age key",
        b"AGE-SECRET-KEY-",
        rb"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,100}",
        before=rb"(?:PQ-)?1",
    ),
    *(
        _token("an AWS secret key", name, rb"[A-Za-z0-9/+]{40}(?![/+])", before=_ASSIGNED)
        for name in (b"aws_secret_access_key", b"AWS_SECRET_ACCESS_KEY", b"SecretAccessKey")
    ),
    _token("an AWS access key", b"AKIA", rb"[A-Z2-7]{16}"),
    _token("an AWS session key", b"ASIA", rb"[A-Z2-7]{16}"),
    _token("a GitHub token", b"ghp_", rb"[A-Za-z0-9]{36,255}"),
    _token("a GitHub token", b"gho_", rb"[A-Za-z0-9]{36,255}"),
    _token("a GitHub token", b"ghu_", rb"[A-Za-z0-9]{36,255}"),
    _token("a GitHub token", b"ghs_", rb"[A-Za-z0-9]{36,255}"),
    _token("a GitHub token", b"ghr_", rb"[A-Za-z0-9]{36,255}"),
    _token("a GitHub token", b"github_pat_", rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    *(
        _token("a GitLab token", kind, _WORD + rb"{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7,9})?")
        for kind in (b"glpat-", b"glrt-", b"gldt-", b"glptt-", b"glcbt-", b"glsoat-", b"glagent-")
    ),
    _token("a GitLab secret", b"gloas-", _WORD + rb"{64}"),
    _token(
        "a Slack token",
        b"xox",
        rb"[A-Za-z0-9]{18,300}",
        before=rb"[abceoprs]-(?:\d{8,14}-){1,4}",
    ),
    _token("a Slack token", b"xox", rb"[A-Z0-9]{120,200}", before=rb"(?:e\.xox)?[bep]-\d-"),
    _token("a Slack token", b"xox", rb"[A-Za-z0-9%/+_-]{60,400}", before=rb"d-"),
    _token("a Slack token", b"xox", rb"[A-Za-z0-9]{40,50}", before=rb"[ar]-"),
    _token("a Slack token", b"xapp-", rb"\d-[A-Z0-9]{9,13}-\d{9,14}-[a-f0-9]{60,70}"),
    _token("a Slack token", b"xwfp-", rb"[A-Za-z0-9-]{40,300}"),
    _token(
        "a Slack webhook",
        b"https://hooks.slack.com/",
        rb"T[A-Z0-9]{8,12}/[A-Z0-9]{8,16}/(?:\d{12,20}/)?[A-Za-z0-9]{24,40}",
        before=rb"(?:services|workflows|triggers)/",
    ),
    _token("a Stripe key", b"sk_live_", rb"[A-Za-z0-9]{24,250}"),
    _token("a Stripe key", b"rk_live_", rb"[A-Za-z0-9]{24,250}"),
    _token("a Stripe webhook secret", b"whsec_", rb"[A-Za-z0-9]{32,64}"),
    _token("a Google API key", b"AIza", _WORD + rb"{35}(?!-)"),
    _token("a Google client secret", b"GOCSPX-", _WORD + rb"{28}(?!-)"),
    _token("an npm token", b"npm_", rb"[A-Za-z0-9]{36}"),
    _token(
        "a PyPI token",
        b"pypi-AgE",
        _WORD + rb"{50,1000}",
        before=rb"(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)",
    ),
    _token("an Anthropic key", b"sk-", _WORD + rb"{60,200}", before=rb"ant-[a-z]{3,5}\d{2}-"),
    _token("an OpenAI key", b"sk-", _WORD + rb"{40,200}", before=rb"(?:proj|svcacct|admin)-"),
    _token("an OpenAI key", b"sk-", rb"[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _token("a Hugging Face token", b"hf_", rb"[A-Za-z]{34}"),
    _token("a DigitalOcean token", b"dop_v1_", rb"[a-f0-9]{64}"),
    _token("a Docker token", b"dckr_pat_", _WORD + rb"{27}(?!-)"),
    _token("a SendGrid key", b"SG.", _WORD + rb"{22}\." + _WORD + rb"{43}(?!-)"),
    _token("a Shopify token", b"shp", rb"[a-fA-F0-9]{32}", before=rb"(?:at|ca|pa|ss)_"),
    _token("an Azure storage key", b"AccountKey=", rb"[A-Za-z0-9/+]{86}"),
    _token("a Vault token", b"hvs.", _WORD + rb"{90,300}"),
)

_BY_PREFIX = {
    prefix: tuple(form for form in FORMATS if form.prefix == prefix)
    for prefix in dict.fromkeys(form.prefix for form in FORMATS)
}
