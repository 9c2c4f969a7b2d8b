#!/usr/bin/python3
"""Goal: the command line clients of Mosquitto work against the broker, also over a kill -9.

Method: mosquitto_sub says (-d) when it is subscribed; then mosquitto_pub runs. Nothing waits for a time.
"""

import itertools
import subprocess

from broker import LIMIT_S, BrokerTest, main

VERSIONS = ("mqttv31", "mqttv311")


class MosquittoTest(BrokerTest):
    def command(self, name, version, *arguments):
        return [name, "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", version, *arguments]

    def publish(self, version, *arguments, stdin=None):
        subprocess.run(self.command("mosquitto_pub", version, *arguments), input=stdin, text=True, check=True,
                       timeout=LIMIT_S)

    def start_subscriber(self, version, *arguments):
        """Returns when the subscription is acknowledged."""
        process = subprocess.Popen(
            ["stdbuf", "-oL", *self.command("mosquitto_sub", version, "-d", "-W", str(LIMIT_S), *arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for line in process.stdout:
            if line.startswith("Subscribed"):
                return process
        raise AssertionError("mosquitto_sub is not subscribed")

    def messages_of(self, process):
        """The payloads that it prints until it has enough, without what -d says."""
        output, _ = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0)
        return [line for line in output.splitlines() if not line.startswith(("Client ", "Subscribed"))]

    def make_session(self, version, qos, client="a", topic="bill/#"):
        """A persistent session whose client goes as soon as it is subscribed."""
        subprocess.run(self.command("mosquitto_sub", version, "-q", str(qos), "-c", "-i", client, "-t", topic, "-E"),
                       check=True, timeout=LIMIT_S)

    def fetch(self, version, qos, count, *arguments, client="a", topic="bill/#"):
        """The next messages of a persistent session."""
        result = subprocess.run(
            self.command("mosquitto_sub", version, "-q", str(qos), "-c", "-i", client, "-t", topic, "-C", str(count),
                         "-W", str(LIMIT_S), *arguments),
            check=True, timeout=LIMIT_S + 5, capture_output=True, text=True)
        return result.stdout.splitlines()

    def exchange(self, version, qos):
        """[MQTT3-4.3.1-1] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1] [MQTT3-7.0.0-2]"""
        subscriber = self.start_subscriber(version, "-q", str(qos), "-t", "bill/#", "-v", "-C", "2")
        self.publish(version, "-q", str(qos), "-t", "bill/1", "-m", "one")
        self.publish(version, "-q", str(qos), "-t", "bill/2/x", "-m", "two")
        self.assertEqual(self.messages_of(subscriber), ["bill/1 one", "bill/2/x two"])

    def test_qos0_mqttv31(self):
        self.exchange("mqttv31", 0)

    def test_qos1_mqttv31(self):
        self.exchange("mqttv31", 1)

    def test_qos2_mqttv31(self):
        self.exchange("mqttv31", 2)

    def test_qos0_mqttv311(self):
        self.exchange("mqttv311", 0)

    def test_qos1_mqttv311(self):
        self.exchange("mqttv311", 1)

    def test_qos2_mqttv311(self):
        self.exchange("mqttv311", 2)

    def kill_between(self, version, qos):
        """D1 D5 [MQTT3-3.1.2-5]: subscribed, killed, published, killed, fetched."""
        self.make_session(version, qos)
        self.broker.kill_and_start()
        self.publish(version, "-q", str(qos), "-t", "bill/1", "-m", "1")
        self.broker.kill_and_start()
        self.assertEqual(self.fetch(version, qos, 1), ["1"])

    def test_kill_between_publish_and_subscribe_qos1_mqttv31(self):
        self.kill_between("mqttv31", 1)

    def test_kill_between_publish_and_subscribe_qos2_mqttv31(self):
        self.kill_between("mqttv31", 2)

    def test_kill_between_publish_and_subscribe_qos1_mqttv311(self):
        self.kill_between("mqttv311", 1)

    def test_kill_between_publish_and_subscribe_qos2_mqttv311(self):
        self.kill_between("mqttv311", 2)

    def test_messages_of_a_stream_come_in_order_after_a_kill(self):
        """D1 D3 [MQTT3-4.6.0-6]"""
        lines = [str(i) for i in range(300)]
        for qos in (1, 2):
            self.make_session("mqttv311", qos, client=f"c{qos}", topic=f"bill/{qos}")
            self.publish("mqttv311", "-q", str(qos), "-t", f"bill/{qos}", "-l", stdin="\n".join(lines) + "\n")
        self.broker.kill_and_start()
        for qos in (1, 2):
            self.assertEqual(self.fetch("mqttv311", qos, 300, client=f"c{qos}", topic=f"bill/{qos}"), lines)

    def test_fetched_messages_do_not_come_again(self):
        """[MQTT3-4.3.3-1]: a marker shows that nothing stands before it."""
        self.make_session("mqttv311", 2)
        self.publish("mqttv311", "-q", "2", "-t", "bill/1", "-m", "one")
        self.assertEqual(self.fetch("mqttv311", 2, 1), ["one"])
        self.broker.stop()
        self.broker.start()
        self.publish("mqttv311", "-q", "2", "-t", "bill/1", "-m", "marker")
        self.assertEqual(self.fetch("mqttv311", 2, 1), ["marker"])

    def test_versions_and_qos_meet(self):
        """[MQTT3-3.8.4-6]: every pair of versions and of QoS."""
        for to, sent, granted in itertools.product(VERSIONS, range(3), range(3)):
            subscriber = self.start_subscriber(to, "-q", str(granted), "-t", "a/+", "-C", "2")
            for version in VERSIONS:
                self.publish(version, "-q", str(sent), "-t", "a/b", "-m", version)
            self.assertEqual(self.messages_of(subscriber), list(VERSIONS))

    def test_a_large_message_is_whole(self):
        """[MQTT3-3.3]"""
        text = "0123456789" * 100_000
        self.make_session("mqttv311", 2)
        self.publish("mqttv311", "-q", "2", "-t", "bill/1", "-s", stdin=text)
        self.broker.kill_and_start()
        self.assertEqual(self.fetch("mqttv311", 2, 1), [text])

    def test_user_name_password_and_will_are_taken(self):
        """[MQTT3-3.1.4-4]"""
        subscriber = self.start_subscriber("mqttv311", "-u", "user", "-P", "password", "--will-topic", "gone",
                                           "--will-payload", "x", "--will-qos", "2", "-q", "1", "-t", "a", "-C", "1")
        self.publish("mqttv311", "-u", "user", "-P", "password", "-q", "1", "-t", "a", "-m", "x")
        self.assertEqual(self.messages_of(subscriber), ["x"])


if __name__ == "__main__":
    main()
