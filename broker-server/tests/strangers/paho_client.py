"""Drives a broker with paho-mqtt: paho_client.py PORT tcp|websockets 4|5. Ends with 0 if all went well."""

import hashlib
import os
import queue
import socket
import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PORT, TRANSPORT, VERSION = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
IS_V5 = VERSION == mqtt.MQTTv5
PATIENCE = 15
# Over WebSocket paho never gets to the end of a packet of 10 MB, whoever the broker is.
LARGE = (10 if TRANSPORT == "tcp" else 2) * 1024 * 1024
ID = f"paho-{TRANSPORT}-{VERSION}"


def properties(packet_type, **values):
    made = Properties(packet_type)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Client:
    """A client whose callbacks fill queues that are waited on."""

    def __init__(self, name, clean=True, expiry=0, will=None):
        self.messages = queue.Queue()
        self.answers = queue.Queue()
        self.is_clean, self.expiry = clean, expiry
        kind = {} if IS_V5 else {"clean_session": clean}
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=f"{ID}-{name}",
            protocol=VERSION,
            transport=TRANSPORT,
            reconnect_on_failure=False,
            **kind,
        )
        if TRANSPORT == "websockets":
            self.client.ws_set_options(path="/mqtt")
        if will:
            self.client.will_set(*will)
        self.client.on_connect = lambda c, u, flags, code, p: self.answers.put(("connack", flags, code))
        self.client.on_subscribe = lambda c, u, mid, codes, p: self.answers.put(("suback", mid, codes))
        self.client.on_unsubscribe = lambda c, u, mid, codes, p: self.answers.put(("unsuback", mid, codes))
        self.client.on_message = lambda c, u, message: self.messages.put(message)

    def connect(self):
        more = {}
        if IS_V5:
            more = {
                "clean_start": self.is_clean,
                "properties": properties(PacketTypes.CONNECT, SessionExpiryInterval=self.expiry),
            }
        self.client.connect("127.0.0.1", PORT, keepalive=30, **more)
        self.client.loop_start()
        _, flags, code = self.answer("connack")
        assert not code.is_failure, f"refused: {code}"
        return flags.session_present

    def answer(self, kind):
        found = self.answers.get(timeout=PATIENCE)
        assert found[0] == kind, f"{kind} expected, {found} came"
        return found

    def subscribe(self, filter, qos=0, **more):
        result, mid = self.client.subscribe(filter, qos, **more)
        assert result == mqtt.MQTT_ERR_SUCCESS
        _, answered, codes = self.answer("suback")
        assert answered == mid
        return [code.value for code in codes]

    def unsubscribe(self, filter):
        self.client.unsubscribe(filter)
        self.answer("unsuback")

    def publish(self, topic, payload, qos=0, **more):
        info = self.client.publish(topic, payload, qos, **more)
        info.wait_for_publish(PATIENCE)
        assert info.is_published(), f"{topic} was not published"

    def next(self):
        return self.messages.get(timeout=PATIENCE)

    def disconnect(self):
        self.client.disconnect()
        self.client.loop_stop()

    def die(self):
        """The connection ends without DISCONNECT."""
        socket.socket(fileno=os.dup(self.client.socket().fileno())).shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()


def expect(actual, wanted):
    assert actual == wanted, f"{wanted!r} expected, {actual!r} came"


def seen(message):
    return (message.topic, bytes(message.payload), message.qos, message.retain)


def each_qos_and_wildcards():
    publisher, subscriber = Client("p"), Client("s")
    publisher.connect()
    expect(subscriber.connect(), False)
    expect(subscriber.subscribe([(f"{ID}/+/x", 2), (f"{ID}/deep/#", 1)]), [2, 1])
    for qos in (0, 1, 2):
        publisher.publish(f"{ID}/{qos}/x", f"at {qos}", qos)
        expect(seen(subscriber.next()), (f"{ID}/{qos}/x", f"at {qos}".encode(), qos, False))
        publisher.publish(f"{ID}/deep/a/{qos}", "", qos)
        expect(seen(subscriber.next()), (f"{ID}/deep/a/{qos}", b"", min(qos, 1), False))
    publisher.publish(f"{ID}/other/y", "not wanted", 2)
    subscriber.unsubscribe(f"{ID}/deep/#")
    publisher.publish(f"{ID}/deep/a/9", "not wanted any more", 2)
    publisher.publish(f"{ID}/last/x", "last", 2)
    expect(seen(subscriber.next())[0], f"{ID}/last/x")
    publisher.disconnect()
    subscriber.disconnect()


def many_in_order():
    publisher, subscriber = Client("p"), Client("s")
    publisher.connect()
    subscriber.connect()
    subscriber.subscribe(f"{ID}/many", 2)
    # With more on the way than paho allows by default, its two threads can change the order.
    for first in range(0, 500, 20):
        infos = [
            publisher.client.publish(f"{ID}/many", str(number), 1 + number % 2)
            for number in range(first, first + 20)
        ]
        for info in infos:
            info.wait_for_publish(PATIENCE)
    last = {1: -2, 2: -1}
    for _ in range(500):
        message = subscriber.next()
        expect(int(message.payload), last[message.qos] + 2)
        last[message.qos] += 2
    publisher.disconnect()
    subscriber.disconnect()


def retained():
    publisher = Client("p")
    publisher.connect()
    publisher.publish(f"{ID}/kept", "kept", 1, retain=True)
    late = Client("late")
    late.connect()
    late.subscribe(f"{ID}/+", 1)
    expect(seen(late.next()), (f"{ID}/kept", b"kept", 1, True))
    publisher.publish(f"{ID}/kept", "live", 1, retain=True)
    expect(seen(late.next()), (f"{ID}/kept", b"live", 1, False))
    publisher.publish(f"{ID}/kept", "", 1, retain=True)
    expect(seen(late.next()), (f"{ID}/kept", b"", 1, False))
    later = Client("later")
    later.connect()
    later.subscribe(f"{ID}/+", 1)
    publisher.publish(f"{ID}/sign", "nothing came before", 1)
    expect(seen(later.next())[0], f"{ID}/sign")
    for client in (publisher, late, later):
        client.disconnect()


def will():
    watcher = Client("w")
    watcher.connect()
    watcher.subscribe(f"{ID}/will/#", 2)
    polite = Client("polite", will=(f"{ID}/will/polite", "never said", 1, False))
    polite.connect()
    polite.disconnect()
    doomed = Client("doomed", will=(f"{ID}/will/doomed", "farewell", 2, True))
    doomed.connect()
    doomed.die()
    expect(seen(watcher.next()), (f"{ID}/will/doomed", b"farewell", 2, False))
    watcher.publish(f"{ID}/will/doomed", "", 1, retain=True)
    watcher.disconnect()


def sessions():
    publisher = Client("p")
    publisher.connect()
    absent = Client("absent", clean=False, expiry=600)
    absent.connect()
    absent.subscribe(f"{ID}/while/away", 1)
    absent.disconnect()
    for number in range(3):
        publisher.publish(f"{ID}/while/away", str(number), 1)
    back = Client("absent", clean=False, expiry=600)
    expect(back.connect(), True)
    expect([seen(back.next())[1] for _ in range(3)], [b"0", b"1", b"2"])
    back.disconnect()
    anew = Client("absent", clean=True)
    expect(anew.connect(), False)
    anew.disconnect()
    once_more = Client("absent", clean=True)
    expect(once_more.connect(), False)
    once_more.disconnect()
    publisher.disconnect()


def large():
    publisher, subscriber = Client("p"), Client("s")
    publisher.connect()
    subscriber.connect()
    subscriber.subscribe(f"{ID}/large", 1)
    payload = bytes(range(256)) * (LARGE // 256)
    publisher.publish(f"{ID}/large", payload, 1)
    message = subscriber.next()
    expect(hashlib.sha256(message.payload).digest(), hashlib.sha256(payload).digest())
    publisher.disconnect()
    subscriber.disconnect()


def only_in_v5():
    publisher, subscriber = Client("p"), Client("s")
    publisher.connect()
    subscriber.connect()
    options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True)
    identifier = properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=7)
    result, _ = subscriber.client.subscribe(f"{ID}/v5", options=options, properties=identifier)
    expect(result, mqtt.MQTT_ERR_SUCCESS)
    subscriber.answer("suback")
    subscriber.publish(f"{ID}/v5", "not to itself", 1)
    given = properties(
        PacketTypes.PUBLISH,
        ResponseTopic=f"{ID}/answer",
        CorrelationData=b"\x00\xff",
        ContentType="text/plain",
        PayloadFormatIndicator=1,
        MessageExpiryInterval=100,
        UserProperty=[("b", "2"), ("a", "1"), ("b", "2")],
    )
    publisher.publish(f"{ID}/v5", "hello", 1, retain=True, properties=given)
    message = subscriber.next()
    expect(seen(message), (f"{ID}/v5", b"hello", 1, True))
    came = message.properties
    expect(came.ResponseTopic, f"{ID}/answer")
    expect(came.CorrelationData, b"\x00\xff")
    expect(came.ContentType, "text/plain")
    expect(came.PayloadFormatIndicator, 1)
    expect(came.UserProperty, [("b", "2"), ("a", "1"), ("b", "2")])
    expect(came.SubscriptionIdentifier, [7])
    assert 98 <= came.MessageExpiryInterval <= 100, came.MessageExpiryInterval
    publisher.publish(f"{ID}/v5", "", 0, retain=True)

    # Two members of a group share what comes.
    members = [Client("m1"), Client("m2")]
    for member in members:
        member.connect()
        member.subscribe(f"$share/group/{ID}/jobs", 1)
    for number in range(10):
        publisher.publish(f"{ID}/jobs", str(number), 1)
    deadline = time.monotonic() + PATIENCE
    while sum(member.messages.qsize() for member in members) < 10:
        assert time.monotonic() < deadline, "not all jobs came"
        time.sleep(0.01)
    expect([member.messages.qsize() for member in members], [5, 5])
    for client in [publisher, subscriber, *members]:
        client.disconnect()


CHECKS = [each_qos_and_wildcards, many_in_order, retained, will, sessions, large]
for check in CHECKS + ([only_in_v5] if IS_V5 else []):
    started = time.monotonic()
    check()
    print(f"{check.__name__} {time.monotonic() - started:.2f} s", flush=True)
