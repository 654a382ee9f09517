"""What goes over a reflector tells nobody in between of which repository it is, or what it says.

From a repository's identity (the URL of its remote, or the first commit of its history), and the
shared key if there is one, a secret is derived (HKDF's extract and expand, RFC 5869). The name of
the channel is made from it, and the keys that encrypt and authenticate what is announced there:
encrypt-then-MAC with HMAC-SHA256, which in counter mode is the cipher, too. Without a shared key
whoever knows the identity can do the same, so that nothing is authenticated.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

MARK = "as1."
"""By which a sealed message is told from a plain one; base64 has no dot."""

_SALT = b"autosync reflector 1"
_NONCE = 16
_TAG = 16
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """One identity's channel and keys."""

    channel: str
    _cipher: bytes
    _mac: bytes

    def close(self, text: bytes, nonce: bytes) -> str:
        """A message that only the same seal opens; `nonce` are 16 bytes used but once."""
        body = nonce + self._crypt(text, nonce)
        sealed = base64.urlsafe_b64encode(body + self._tag(body)).rstrip(b"=")
        return MARK + sealed.decode("ascii")

    def open(self, message: str) -> bytes | None:
        """What was sealed; None if it was not sealed with this seal."""
        encoded = message.removeprefix(MARK)
        try:
            padded = encoded + "=" * (-len(encoded) % 4)
            sealed = base64.b64decode(padded.encode("ascii"), b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        body, tag = sealed[:-_TAG], sealed[-_TAG:]
        if len(body) < _NONCE or not hmac.compare_digest(tag, self._tag(body)):
            return None
        return self._crypt(body[_NONCE:], body[:_NONCE])

    def _tag(self, body: bytes) -> bytes:
        return _hmac(self._mac, body)[:_TAG]

    def _crypt(self, text: bytes, nonce: bytes) -> bytes:
        blocks = range(-(-len(text) // _BLOCK))
        stream = b"".join(_hmac(self._cipher, nonce + n.to_bytes(4, "big")) for n in blocks)
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))


def seal_of(identity: str, key: str | None) -> Seal:
    """The seal of an identity, for those who share this key."""
    secret = _hmac(_hmac(_SALT, (key or "").encode()), identity.encode("utf-8", "surrogateescape"))
    name = _hmac(secret, b"channel").hex()[:32]
    return Seal(name, _hmac(secret, b"cipher"), _hmac(secret, b"mac"))


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
