"""Whose TLS certificates count."""

import ssl
from pathlib import Path


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the authorities in `ca_file`, or without one those of the system; raises OSError.

    A self-made authority need not have all the extensions that Python 3.13 asks for by default
    (VERIFY_X509_STRICT, RFC 5280); who is trusted does not depend on them.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if ca_file:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
