#!/usr/bin/python3
"""Goal: Paho Python works against the broker, also while that is killed.

Method: a client keeps its session state in its object, and connects again to the broker's new port. All
waits are for something that happens.
"""

import queue

import paho.mqtt.client as paho

from broker import LIMIT_S, BrokerTest, main


class Client:
    """A Paho client with a loop of its own; what happens to it is in queues."""

    def __init__(self, test, name, version, clean=False):
        self.received = queue.Queue()
        self.subscribed = queue.Queue()
        self.connected = queue.Queue()
        self.disconnected = queue.Queue()
        self._test = test
        self._client = paho.Client(name, clean_session=clean, protocol=version)
        self._client.max_inflight_messages_set(20)
        self._client.on_message = lambda _c, _d, message: self.received.put(message)
        self._client.on_subscribe = lambda _c, _d, _mid, granted: self.subscribed.put(granted)
        self._client.on_connect = lambda _c, _d, flags, code: self.connected.put((code, flags["session present"]))
        self._client.on_disconnect = lambda _c, _d, _code: self.disconnected.put(True)
        test.addCleanup(self.close)

    def connect(self):
        """Returns whether the session was present."""
        self._client.connect("127.0.0.1", self._test.broker.port, keepalive=60)
        self._client.loop_start()
        code, present = self.connected.get(timeout=LIMIT_S)
        self._test.assertEqual(code, 0)
        return present

    def freeze(self):
        """Before the broker is killed: nothing is sent or received any more, its session state stays.

        With its loop running it would try to connect while the broker is down. Each try resets its messages, and a
        second reset turns one whose PUBREL was sent back into a PUBLISH (Paho 1.6.1), which is against
        [MQTT3-4.3.3-1] and a new message for any broker.
        """
        self._client.loop_stop()

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topic, qos):
        self._client.subscribe(topic, qos)
        self._test.assertEqual(self.subscribed.get(timeout=LIMIT_S), (qos,))

    def publish(self, topic, payload, qos):
        return self._client.publish(topic, payload, qos)

    def messages(self, count):
        return [self.received.get(timeout=LIMIT_S) for _ in range(count)]


class PahoPythonTest(BrokerTest):
    def publish_all(self, client, topic, payloads, qos):
        for info in [client.publish(topic, payload, qos) for payload in payloads]:
            info.wait_for_publish(LIMIT_S)
            self.assertTrue(info.is_published())

    def exchange(self, version):
        """[MQTT3-4.3.1-1] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1] [MQTT3-4.6.0-6] [MQTT3-7.0.0-2]"""
        subscriber = Client(self, "sub", version)
        subscriber.connect()
        publisher = Client(self, "pub", version)
        publisher.connect()
        subscriber.subscribe("bill/#", 2)
        payloads = [str(i).encode() for i in range(100)]
        for qos in range(3):
            self.publish_all(publisher, f"bill/{qos}", payloads, qos)
            messages = subscriber.messages(100)
            self.assertEqual([message.payload for message in messages], payloads)
            self.assertEqual({(message.topic, message.qos, message.dup) for message in messages},
                             {(f"bill/{qos}", qos, False)})

    def test_every_qos_3_1(self):
        self.exchange(paho.MQTTv31)

    def test_every_qos_3_1_1(self):
        self.exchange(paho.MQTTv311)

    def kill_between(self, version, qos):
        """D1 D5 [MQTT3-3.1.2-5]: subscribed, killed, published, killed, fetched."""
        subscriber = Client(self, "sub", version)
        subscriber.connect()
        subscriber.subscribe("bill/#", qos)
        subscriber.freeze()
        self.broker.kill_and_start()
        publisher = Client(self, "pub", version)
        publisher.connect()
        payloads = [str(i).encode() for i in range(50)]
        self.publish_all(publisher, "bill/1", payloads, qos)
        publisher.freeze()
        self.broker.kill_and_start()
        present = subscriber.connect()
        self.assertEqual(present, 1 if version == paho.MQTTv311 else 0)
        self.assertEqual([message.payload for message in subscriber.messages(50)], payloads)

    def test_kill_between_publish_and_subscribe_qos1_3_1(self):
        self.kill_between(paho.MQTTv31, 1)

    def test_kill_between_publish_and_subscribe_qos2_3_1(self):
        self.kill_between(paho.MQTTv31, 2)

    def test_kill_between_publish_and_subscribe_qos1_3_1_1(self):
        self.kill_between(paho.MQTTv311, 1)

    def test_kill_between_publish_and_subscribe_qos2_3_1_1(self):
        self.kill_between(paho.MQTTv311, 2)

    def kill_under_way(self, version, qos):
        """D1 D5 [MQTT3-4.4.0-1]: killed three times while messages go both ways, then all has come."""
        subscriber = Client(self, "sub", version)
        subscriber.connect()
        subscriber.subscribe("bill/#", qos)
        publisher = Client(self, "pub", version)
        publisher.connect()
        payloads = [str(i).encode() for i in range(400)]
        infos, messages = [], []
        for part in range(4):
            infos += [publisher.publish("bill/1", payload, qos) for payload in payloads[part * 100:part * 100 + 100]]
            if part < 3:
                messages += subscriber.messages(20)
                publisher.freeze()
                subscriber.freeze()
                self.broker.kill_and_start()
                publisher.connect()
                subscriber.connect()
        for info in infos:
            info.wait_for_publish(LIMIT_S)
        while {message.payload for message in messages} != set(payloads):
            messages += subscriber.messages(1)
        if qos == 2:
            self.publish_all(publisher, "bill/1", [b"marker"], qos)
            messages += subscriber.messages(1)
            self.assertEqual([message.payload for message in messages], payloads + [b"marker"])

    def test_killed_under_way_qos1(self):
        self.kill_under_way(paho.MQTTv311, 1)

    def test_killed_under_way_qos2(self):
        self.kill_under_way(paho.MQTTv311, 2)

    def test_session_present_is_told(self):
        """[MQTT3-3.2.2-1] [MQTT3-3.2.2-2] [MQTT3-3.2.2-3]"""
        for clean, present in ((False, 0), (False, 1), (True, 0), (False, 0)):
            client = Client(self, "c", paho.MQTTv311, clean)
            self.assertEqual(client.connect(), present)
            client.close()

    def test_a_second_client_with_the_name_disconnects_the_first(self):
        """[MQTT3-3.1.4-2]"""
        first = Client(self, "c", paho.MQTTv311)
        first.connect()
        second = Client(self, "c", paho.MQTTv311)
        self.assertEqual(second.connect(), 1)
        first.disconnected.get(timeout=LIMIT_S)


if __name__ == "__main__":
    main()
