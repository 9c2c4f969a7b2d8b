"""A client of MQTT 3.1.1 over a blocking socket, as far as the benches need one."""

import socket
import struct

PACKET_IDS = 65535
IN_FLIGHT = 2000  # PUBLISH packets without PUBACK at a time


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def packet(first_byte, body):
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([first_byte]) + length + body


class Connection:
    """Connected when it is made."""

    def __init__(self, port, client_id, clean=False):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        flags = 2 if clean else 0
        self.socket.sendall(packet(0x10, text("MQTT") + bytes([4, flags, 0, 0]) + text(client_id)))
        self.expect(b"\x20\x02\x00\x00")

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("the broker closed the connection")
            data += more
        return data

    def expect(self, answer):
        got = self.read(len(answer))
        if got != answer:
            raise ConnectionError(f"the broker answered {got.hex()}, expected {answer.hex()}")

    def subscribe(self, topic_filter):
        self.socket.sendall(packet(0x82, b"\x00\x01" + text(topic_filter) + b"\x01"))
        self.expect(b"\x90\x03\x00\x01\x01")

    def disconnect(self):
        self.socket.sendall(b"\xe0\x00")
        self.socket.close()

    def publish(self, topics, count, payload_bytes):
        """Publishes `count` messages to `topics` in turn, at most IN_FLIGHT without PUBACK."""
        payload = b"x" * payload_bytes
        sent = acknowledged = 0
        while acknowledged < count:
            burst = b"".join(
                packet(0x32, text(topics[i % len(topics)]) + struct.pack(">H", i % PACKET_IDS + 1) + payload)
                for i in range(sent, min(acknowledged + IN_FLIGHT, count)))
            sent = min(acknowledged + IN_FLIGHT, count)
            self.socket.sendall(burst)
            acks = self.read(4 * (IN_FLIGHT // 2 if sent < count else sent - acknowledged))
            acknowledged += len(acks) // 4
