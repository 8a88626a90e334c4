"""A fire transmission device by GB/T 26875.3-2011, a peer that shares no code with this project: struct, socket, Python's gb18030 codec.

usage: fire-transmitter.py PORT ADDRESS [UTC_OFFSET_SECONDS]

ADDRESS is its number, low byte first on the wire. Lines on stdin steer it:
  part TYPE ZONE NUMBER STATE TEXT    state of a part of system 1, address 3 (STATE as 0x0002)
  system STATE                        state of system 1, address 3
  device STATE                        its own state
  operation BITS                      operation at the control unit of system 1, address 3
  beat                                a heartbeat
  again                               the last frame once more, unchanged
  frame HEX                           bytes as they are
  late SECONDS                        its clock goes after by so much
  deaf                                hangs up right after the next frame, before any answer
  dial                                connects anew
It prints `connected`, `sent SEQ` for each frame, `got COMMAND SEQ HEX` for each answer with a sound sum, `closed`.
"""
import selectors
import socket
import struct
import sys
import time

port, address = int(sys.argv[1]), int(sys.argv[2])
offset = int(sys.argv[3]) if len(sys.argv) > 3 else 8 * 3600
centre = 88888
state = {"seq": 0, "line": None, "last": b"", "late": 0, "deaf": False, "rest": b""}
selector = selectors.DefaultSelector()


def stamp():
    now = time.gmtime(time.time() + offset - state["late"])
    return struct.pack("6B", now.tm_sec, now.tm_min, now.tm_hour, now.tm_mday, now.tm_mon, now.tm_year % 100)


def six(number):
    return number.to_bytes(6, "little")


def frame(unit):
    state["seq"] += 1
    control = struct.pack("<HBB", state["seq"], 1, 1) + stamp() + six(address) + six(centre)
    control += struct.pack("<HB", len(unit), 2)
    return b"@@" + control + unit + bytes([sum(control + unit) % 256]) + b"##"


def send(data):
    state["last"] = data
    try:
        state["line"].sendall(data)
    except OSError:
        # Closed from there while this was on its way: reading tells that.
        return
    print("sent", state["seq"], flush=True)
    if state["deaf"]:
        state["deaf"] = False
        hang_up()


def dial():
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(line, selectors.EVENT_READ, "line")
    state.update(line=line, rest=b"")
    print("connected", flush=True)


def hang_up():
    selector.unregister(state["line"])
    state["line"].close()
    print("closed", flush=True)


def hear():
    try:
        data = state["line"].recv(4096)
    except ConnectionError:
        data = b""
    if not data:
        hang_up()
        return
    rest = state["rest"] + data
    while len(rest) >= 30:
        length = struct.unpack("<H", rest[24:26])[0]
        whole, rest = rest[: 30 + length], rest[30 + length :]
        sound = whole[:2] == b"@@" and whole[-2:] == b"##" and sum(whole[2:-3]) % 256 == whole[-3]
        mine = whole[18:24] == six(address)
        if sound and mine:
            seq = struct.unpack("<H", whole[2:4])[0]
            print("got", whole[26], seq, whole[27:-3].hex(), flush=True)
    state["rest"] = rest


def steer(line):
    word, _, rest = line.strip().partition(" ")
    if word == "part":
        kind, zone, number, bits, text = rest.split(" ", 4)
        body = struct.pack("<BBBHHH", 1, 3, int(kind), int(zone), int(number), int(bits, 16))
        send(frame(bytes([2, 1]) + body + text.encode("gb18030")[:31].ljust(31, b"\0") + stamp()))
    elif word == "system":
        send(frame(bytes([1, 1, 1, 3]) + struct.pack("<H", int(rest, 16)) + stamp()))
    elif word == "device":
        send(frame(bytes([21, 1, int(rest, 16)]) + stamp()))
    elif word == "operation":
        send(frame(bytes([4, 1, 1, 3, int(rest, 16), 7]) + stamp()))
    elif word == "beat":
        send(frame(b""))
    elif word == "again":
        send(state["last"])
    elif word == "frame":
        send(bytes.fromhex(rest))
    elif word == "late":
        state["late"] = int(rest)
    elif word == "deaf":
        state["deaf"] = True
    elif word == "dial":
        dial()


dial()
selector.register(sys.stdin, selectors.EVENT_READ, "stdin")
pending = b""
while True:
    for key, _ in selector.select():
        if key.data == "line":
            hear()
            continue
        data = sys.stdin.buffer.raw.read(65536)
        if not data:
            sys.exit()
        lines = (pending + data).split(b"\n")
        pending = lines.pop()
        for one in lines:
            steer(one.decode())
