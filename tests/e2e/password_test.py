#!/usr/bin/python3
"""Goal: a broker with a password file lets those in who are in it, whatever version they speak.

Method: mosquitto_pub with the right password, a wrong one, and none; the file is written by tallyctl.
"""

import subprocess

from broker import LIMIT_S, BrokerTest, main

VERSIONS = ("mqttv31", "mqttv311", "mqttv5")


class PasswordTest(BrokerTest):
    users = {"anna": "one coffee", "zo\u00eb": "cr\u00e8me br\u00fbl\u00e9e"}

    def publish(self, version, *arguments):
        """What mosquitto_pub says, or "" if the broker has acknowledged its message."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", version, "-q", "2",
                   "-t", "t", "-m", "x", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode == 0, run.stderr == "", run.stderr)
        return run.stderr.lower()

    def test_the_right_password_is_taken(self):
        """[MQTT-3.1.4-5] [MQTT3-3.1.4-4]"""
        for version in VERSIONS:
            for user, password in self.users.items():
                self.assertEqual(self.publish(version, "-u", user, "-P", password), "", version)

    def test_a_wrong_password_is_refused(self):
        """[MQTT-3.1.4-2]"""
        for version in VERSIONS:
            for user, password in (("anna", "tea"), ("anna", ""), ("bert", "one coffee")):
                said = self.publish(version, "-u", user, "-P", password)
                self.assertRegex(said, "bad user ?name or password", version)

    def test_nobody_is_refused(self):
        """[MQTT-3.1.4-2]"""
        for version in VERSIONS:
            self.assertIn("not authori", self.publish(version), version)

    def test_a_user_stays_over_a_kill(self):
        self.broker.kill_and_start()
        self.assertEqual(self.publish("mqttv311", "-u", "anna", "-P", "one coffee"), "")


if __name__ == "__main__":
    main()
