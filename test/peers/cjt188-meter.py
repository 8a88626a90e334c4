"""Meters by CJ/T 188, a peer that shares no code with this project: standard library, and pyserial for a serial port.

usage: cjt188-meter.py serial PATH BAUD | tcp PORT

Three meters on one line: cold water 78330011223344, heat 00000040314132, which sends its units first, and gas 00000020230915. Lines on
stdin set what they show: `water 1234.56`, `heat 20.02`, `battery low`, `dead water`. Water and heat tell their address to whoever
asks for it.
"""
import socket
import sys
import threading

way, where = sys.argv[1:3]
shown = {"water": 1234.56, "heat": 0.02, "status": 0x00, "dead": ""}


def bcd(value, size):
    digits = str(round(value * 100)).zfill(2 * size)
    return bytes(reversed(bytes.fromhex(digits)))


def reply(meter_type, address, identifier, serial, body, control=0x81):
    data = identifier + serial + body
    frame = b"\x68" + meter_type + address + bytes([control, len(data)]) + data
    return b"\xfe\xfe" + frame + bytes([sum(frame) % 256, 0x16])


HEADS = (b"\x68\x10", b"\x68\x20", b"\x68\x30", b"\x68\xaa")
CLOCK = bytes.fromhex("31012211051520")
WATER = bytes.fromhex("44332211003378")
HEAT = bytes.fromhex("32413140000000")
GAS = bytes.fromhex("15092320000000")


def water(question):
    total = bcd(shown["water"], 4) + b"\x2c"
    return total + bcd(0, 4) + b"\x2c" + CLOCK + bytes([shown["status"], 0x84])


def heat(question):
    parts = [(0x08, shown["heat"]), (0x08, shown["heat"]), (0x17, 12.5), (0x35, 1.25), (0x2C, 10.34)]
    body = b"".join(bytes([unit]) + bcd(value, 4) for unit, value in parts)
    return body + bcd(45.35, 3) + bcd(35.66, 3) + bytes.fromhex("230100") + CLOCK + b"\x00\x00"


def who(address, identifier, serial):
    """The addresses of those that are meant."""
    out = b""
    for name, meter_type, own in (("water", b"\x10", WATER), ("heat", b"\x20", HEAT)):
        if shown["dead"] != name and address in (own, b"\xaa" * 7):
            out += reply(meter_type, own, identifier, serial, b"", 0x83)
    return out


def answer(frame):
    """The answer to one question without FE, or nothing."""
    address, control, identifier, serial = frame[2:9], frame[9], frame[11:13], frame[13:14]
    if control == 0x03 and set(identifier) == {0x81, 0x0A}:
        return who(address, identifier, serial)
    if control != 0x01 or set(identifier) != {0x90, 0x1F}:
        return b""
    if address == WATER and frame[1] == 0x10 and shown["dead"] != "water":
        return reply(b"\x10", address, identifier, serial, water(frame))
    if address == HEAT and frame[1] == 0x20 and shown["dead"] != "heat":
        # This one listens to the order of 2004 only.
        return reply(b"\x20", address, identifier, serial, heat(frame)) if identifier == b"\x90\x1f" else b""
    if address == GAS and frame[1] == 0x30:
        body = bcd(88.25, 4) + b"\x2c" + bcd(0, 4) + b"\x2c" + CLOCK + b"\x04\x00"
        return reply(b"\x30", address, identifier, serial, body)
    return b""


def serve(read, write):
    held = b""
    while True:
        got = read()
        if not got:
            return
        held = (held + got)[-200:]
        start = next((held.find(head) for head in HEADS if head in held), -1)
        while start >= 0 and len(held) - start >= 16:
            frame = held[start : start + 16]
            if frame[15] == 0x16 and frame[14] == sum(frame[:14]) % 256:
                held = held[start + 16 :]
                out = answer(frame)
                if out:
                    write(out)
                break
            start = held.find(b"\x68", start + 1)


def listen():
    server = socket.create_server(("127.0.0.1", int(where)))
    print("started", flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=serve, args=(lambda: connection.recv(256), connection.sendall), daemon=True).start()


def open_port():
    import serial

    port = serial.Serial(where, int(sys.argv[3]), timeout=None)
    print("started", flush=True)
    serve(lambda: port.read(1) + port.read(port.in_waiting), port.write)


threading.Thread(target=listen if way == "tcp" else open_port, daemon=True).start()
for line in sys.stdin:
    word, value = line.split()
    if word == "battery":
        shown["status"] = 0x04 if value == "low" else 0
    else:
        shown[word] = value if word == "dead" else float(value)
    print("set", line.strip(), flush=True)
