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

    def subscribe(self, topic_filter, qos=1):
        self.socket.sendall(packet(0x82, b"\x00\x01" + text(topic_filter) + bytes([qos])))
        self.expect(b"\x90\x03\x00\x01" + bytes([qos]))

    def disconnect(self):
        self.socket.sendall(b"\xe0\x00")
        self.socket.close()

    def skip_publishes(self, count):
        """Reads so many PUBLISH packets, and nothing else that may come."""
        buffered = b""
        while count:
            if len(buffered) < 2 or len(buffered) < 2 + buffered[1]:
                more = self.socket.recv(1 << 16)
                if not more:
                    raise ConnectionError("the broker closed the connection")
                buffered += more
            at = 0
            while at + 1 < len(buffered) and at + 2 + buffered[at + 1] <= len(buffered) and count:
                if buffered[at] >> 4 != 3 or buffered[at + 1] > 127:
                    raise ConnectionError("the broker sent something else than a short PUBLISH")
                at += 2 + buffered[at + 1]
                count -= 1
            buffered = buffered[at:]

    def publish(self, topics, count, payload_bytes, retain=False):
        """Publishes `count` messages to `topics` in turn, at most IN_FLIGHT without PUBACK."""
        payload = b"x" * payload_bytes
        first = 0x33 if retain else 0x32
        sent = acknowledged = 0
        while acknowledged < count:
            burst = b"".join(
                packet(first, text(topics[i % len(topics)]) + struct.pack(">H", i % PACKET_IDS + 1) + payload)
                for i in range(sent, min(acknowledged + IN_FLIGHT, count)))
            sent = min(acknowledged + IN_FLIGHT, count)
            self.socket.sendall(burst)
            acks = self.read(4 * (IN_FLIGHT // 2 if sent < count else sent - acknowledged))
            acknowledged += len(acks) // 4
