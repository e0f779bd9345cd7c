"""Identity headers as those see them who verify: written from RFC 8224, 8225
and 8588, judged by the command openssl."""
import base64
import json
import os
import re
import subprocess

URL = "https://cert.example.org/passport.pem"


def openssl(*words):
    return subprocess.run(["openssl", *words], capture_output=True, text=True,
                          timeout=60, check=False)


def make_key(folder):
    """Makes key.pem and public.pem there; returns the options of a signing
    line, without "line.NAME."."""
    key = os.path.join(folder, "key.pem")
    for words in (["genpkey", "-algorithm", "EC", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-out", key],
                  ["pkey", "-in", key, "-pubout", "-out",
                   os.path.join(folder, "public.pem")]):
        done = openssl(*words)
        assert done.returncode == 0, done.stderr
    os.chmod(key, 0o600)
    return {"stir_attest": "A", "stir_key": key, "stir_cert_url": URL}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der_of(raw):
    """ECDSA's two numbers as DER, as openssl reads them."""
    numbers = b""
    for half in (raw[:32], raw[32:]):
        half = half.lstrip(b"\0") or b"\0"
        half = b"\0" * (half[0] >> 7) + half
        numbers += bytes([2, len(half)]) + half
    return bytes([0x30, len(numbers)]) + numbers


def is_signed(folder, value):
    """Whether the header's value is signed by the key of that folder."""
    token = value.split(";", 1)[0]
    text, signature = token.rsplit(".", 1)
    raw = decode(signature)
    assert len(raw) == 64, value
    names = [os.path.join(folder, name) for name in
             ("public.pem", "signature.der", "signed.txt")]
    for name, content in zip(names[1:], (der_of(raw), text.encode())):
        with open(name, "wb") as file:
            file.write(content)
    done = openssl("dgst", "-sha256", "-verify", names[0], "-signature",
                   *names[1:])
    return done.returncode == 0


def read(value):
    """(header, payload, parameters) of an Identity header."""
    found = re.fullmatch(r"([\w-]+)\.([\w-]+)\.[\w-]+;(.*)", value)
    assert found, value
    return (json.loads(decode(found.group(1))),
            json.loads(decode(found.group(2))), found.group(3))
