"""Certificates for tests."""

import subprocess
from pathlib import Path


def certificate_in(folder: Path) -> Path:
    """A certificate for localhost that signs itself, with its key in the same file."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    cert.write_text(cert.read_text() + key.read_text())
    return cert
