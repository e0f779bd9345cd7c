"""A WebSocket client, written from RFC 6455 alone, for the tests."""
import base64
import os
import socket
import struct

TEXT, BINARY, CLOSE = 1, 2, 8


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class WebSocket:
    def __init__(self, port, path, headers=()):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}",
                 "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.read(1)
        status = int(head.split()[1])
        if status != 101:
            body = b""
            while True:
                more = self.socket.recv(4096)
                body += more
                if not more or body.endswith(b"}"):
                    break
            self.socket.close()
            raise Refused(status, body.decode())

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("closed without a close frame")
            data += more
        return data

    def send(self, kind, data):
        if isinstance(data, str):
            data = data.encode()
        size = len(data)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        mask = os.urandom(4)
        stretched = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big")
                  ^ int.from_bytes(stretched, "big")).to_bytes(size, "big")
        self.socket.sendall(head + mask + masked)

    def receive(self):
        """(kind, data) of the next message that is no ping."""
        while True:
            kind, size = self.read(2)
            if size == 126:
                size = struct.unpack(">H", self.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.read(8))[0]
            data = self.read(size)
            if kind & 15 not in (9, 10):
                return kind & 15, data

    def close(self):
        self.socket.close()
