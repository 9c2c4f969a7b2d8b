#!/usr/bin/python3
"""Goal: our codec and npm's mqtt-packet mean the same bytes by the same packets.

Method: random packets, written by each and read by the other (mqtt_packet_check.js, through codec_json.cc).
"""

import os
import unittest

import npm_packages

COUNT = 50_000
LIMIT_S = 200


class MqttPacketTest(unittest.TestCase):
    def check(self, version):
        run = npm_packages.run_node("mqtt_packet_check.js", os.environ["CODEC_JSON"], version, str(COUNT),
                                    timeout=LIMIT_S)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn(f"{COUNT} packets", run.stdout)

    def test_packets_of_311(self):
        self.check("4")

    def test_packets_of_50(self):
        self.check("5")


if __name__ == "__main__":
    unittest.main()
