"""Identity headers as those see them who verify: written from RFC 8224, 8225
and 8588, judged by the command openssl."""
import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import threading

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


class CertificateServer:
    """Serves the certificate of key.pem over https, as everybody may fetch
    it; its own is the same, in `path`."""

    def __init__(self, folder):
        key = os.path.join(folder, "key.pem")
        self.path = path = os.path.join(folder, "cert.pem")
        done = openssl("req", "-x509", "-key", key, "-days", "9", "-subj",
                       "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
                       "-out", path)
        assert done.returncode == 0, done.stderr

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with open(path, "rb") as file:
                    content = file.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
