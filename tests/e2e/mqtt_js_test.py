#!/usr/bin/python3
"""Goal: enhanced authentication works with a client and a cryptography that are not ours.

Method: scram_client.js, which prints what happens to it.
"""

import npm_packages
from broker import LIMIT_S, BrokerTest, main


class MqttJsTest(BrokerTest):
    users = {"anna": "one coffee", "a,b=c": "tea"}

    def play(self, user, password, next_password):
        run = npm_packages.run_node("scram_client.js", str(self.broker.port), user, password, next_password,
                                    timeout=LIMIT_S)
        self.assertEqual(run.stderr, "")
        return run.stdout.splitlines()

    def test_scram_logs_in_and_again(self):
        """[MQTT-4.12.0-2] [MQTT-4.12.0-5]"""
        for user, password in self.users.items():
            self.assertEqual(self.play(user, password, password),
                             ["connected by SCRAM-SHA-256", "received hello", "authenticated again"])

    def test_scram_refuses_a_wrong_password(self):
        """[MQTT-4.12.0-4] [MQTT-3.1.4-2]"""
        self.assertEqual(self.play("anna", "tea", ""), ["refused with 0x87"])
        self.assertEqual(self.play("bert", "tea", ""), ["refused with 0x87"])

    def test_failed_re_authentication_ends_the_connection(self):
        """[MQTT-4.12.1-2]"""
        self.assertEqual(self.play("anna", "one coffee", "tea"),
                         ["connected by SCRAM-SHA-256", "received hello", "disconnected with 0x87"])


if __name__ == "__main__":
    main()
