"""An edge node of Sparkplug B with one pump, by paho and bytes of its own making: a peer that shares no code with the gateway.

usage: sparkplug-node.py PORT HOST [USER SECRET]

It waits for its primary host: it says its births when `spBv1.0/STATE/HOST` is online, and its death when that goes offline. A
DCMD for Pump/Running switches the pump, which is told by alias alone. On stdout: `born`, `died`, `state ONLINE TIMESTAMP`,
`wrote NAME-OR-ALIAS DATATYPE VALUE qos QOS`, `rebirth`.
"""
import json
import sys
import threading

import paho.mqtt.client as mqtt

port, host = int(sys.argv[1]), sys.argv[2]
topic = "spBv1.0/Plant/{}/Edge1"
device = topic + "/PumpRoom"
names = {1: "Pump/Running", 2: "Pump/Fault"}
boolean = 11
lock = threading.Lock()
state = {"seq": 0, "born": False, "running": False, "newest": 0}


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, value):
    """A whole number, or bytes, as protobuf has it."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def metric(name=None, alias=None, datatype=None, boolean_value=None, long_value=None):
    out = b""
    if name is not None:
        out += field(1, name.encode())
    if alias is not None:
        out += field(2, alias)
    if datatype is not None:
        out += field(4, datatype)
    if long_value is not None:
        out += field(11, long_value)
    if boolean_value is not None:
        out += field(14, int(boolean_value))
    return field(2, out)


def read(data):
    """Field numbers and values of a message."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    fields = []
    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            fields.append((key >> 3, number()))
        else:
            size = {1: 8, 5: 4}.get(kind) or number()
            fields.append((key >> 3, data[at : at + size]))
            at += size
    return fields


def say(client, way, metrics, seq=True):
    body = b"".join(metrics)
    if seq:
        body += field(3, state["seq"])
        state["seq"] = (state["seq"] + 1) % 256
    client.publish(way, body, qos=0)


def birth(client):
    state["seq"] = 0
    control = metric("Node Control/Rebirth", None, boolean, boolean_value=False)
    say(client, topic.format("NBIRTH"), [metric("bdSeq", None, 4, long_value=0), control])
    pump = [metric(names[1], 1, boolean, state["running"]), metric(names[2], 2, boolean, False)]
    say(client, device.format("DBIRTH"), pump)
    state["born"] = True
    print("born", flush=True)


def heard_state(client, payload):
    said = json.loads(payload)
    print("state", said["online"], said["timestamp"], flush=True)
    if said["timestamp"] < state["newest"]:
        return
    state["newest"] = said["timestamp"]
    if said["online"] and not state["born"]:
        birth(client)
    elif not said["online"] and state["born"]:
        state["born"] = False
        print("died", flush=True)


def heard_command(client, message):
    for number, value in read(message.payload):
        if number != 2:
            continue
        parts = dict(read(value))
        called = parts.get(1, b"").decode() or names.get(parts.get(2), parts.get(2))
        if called == "Node Control/Rebirth":
            print("rebirth", flush=True)
            birth(client)
            continue
        print("wrote", called, parts.get(4), parts.get(14), "qos", message.qos, flush=True)
        if called == names[1]:
            state["running"] = bool(parts.get(14))
            say(client, device.format("DDATA"), [metric(None, 1, None, state["running"])])


def heard(client, _userdata, message):
    with lock:
        if message.topic.startswith("spBv1.0/STATE/"):
            heard_state(client, message.payload)
        elif state["born"]:
            heard_command(client, message)


def connected(client, _userdata, _flags, _rc):
    state["born"] = False
    wanted = [f"spBv1.0/STATE/{host}", topic.format("NCMD"), device.format("DCMD")]
    client.subscribe([(one, 1) for one in wanted])


client = mqtt.Client(client_id="plant~edge1" if len(sys.argv) > 3 else "edge1", clean_session=True)
if len(sys.argv) > 3:
    client.username_pw_set(sys.argv[3], sys.argv[4])
client.will_set(topic.format("NDEATH"), metric("bdSeq", None, 4, long_value=0), qos=1)
client.on_connect = connected
client.on_message = heard
client.reconnect_delay_set(min_delay=1, max_delay=1)
client.connect("127.0.0.1", port, keepalive=30)
client.loop_forever()
