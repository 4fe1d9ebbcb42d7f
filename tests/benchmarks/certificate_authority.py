# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authority for one measurement or test: it signs the certificate of servers on 127.0.0.1, gone with its folder."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
NAME = "an authority for measurements"
SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
CRITICAL = (x509.BasicConstraints, x509.KeyUsage)


def ca_file(folder: Path) -> Path:
    """Where the authority of a folder stands: what a client has to trust."""
    return folder / "ca.pem"


def server_context(folder: Path) -> ssl.SSLContext:
    """Make authority, key and certificate in a folder; return the server's side of TLS 1.3, tickets as by default."""
    chain, private = sign_server(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(chain, private)
    return context


def sign_server(folder: Path) -> tuple[Path, Path]:
    """Make authority, key and certificate in a folder; return the files of the certificate and its key."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(NAME, authority.public_key(), authority, x509.BasicConstraints(ca=True, path_length=0), SIGNS)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    served = _certificate("127.0.0.1", key.public_key(), authority, here)
    ca_file(folder).write_bytes(root.public_bytes(PEM))
    chain, private = folder / "server.pem", folder / "server.key"
    chain.write_bytes(served.public_bytes(PEM))
    form, unlocked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(PEM, form, unlocked))
    return chain, private


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey, authority: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
) -> x509.Certificate:
    """Return a certificate by the authority, with all that strict clients want to see."""
    issuer, subject = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (NAME, name))
    now, day = dt.datetime.now(dt.timezone.utc), dt.timedelta(days=1)
    made = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), now - day, now + day)
    marks = (
        x509.SubjectKeyIdentifier.from_public_key(key),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
    )
    for extension in (*extensions, *marks):
        made = made.add_extension(extension, critical=isinstance(extension, CRITICAL))
    return made.sign(authority, hashes.SHA256())
