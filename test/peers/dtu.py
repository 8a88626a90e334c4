"""A 4G unit that dials in, a peer that shares no code with this project: it registers, sends heartbeats, and bridges its serial side.

usage: dtu.py GATEWAY_PORT REGISTRATION HEARTBEAT SERIAL_PORT

REGISTRATION and HEARTBEAT are text; SERIAL_PORT is a TCP port behind which the serial side is (a Modbus server in RTU framing …).
Lines on stdin steer it: `beat` sends a heartbeat now, `cut` hangs up in the midst of the next answer, `mute` says nothing more on an
open connection, `send HEX` sends bytes, `redial` dials in again on a second connection and forgets the first one, `quit`.
"""
import selectors
import socket
import sys

gateway, registration, heartbeat, serial = sys.argv[1:5]
selector = selectors.DefaultSelector()
state = {"up": None, "mute": False, "cut": False, "beats": 0}
serial_side = socket.create_connection(("127.0.0.1", int(serial)))
serial_side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def dial():
    up = socket.create_connection(("127.0.0.1", int(gateway)))
    up.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    up.sendall(registration.encode())
    selector.register(up, selectors.EVENT_READ, "up")
    state.update(up=up, mute=False)
    print("dialled", flush=True)


def hang_up(why):
    selector.unregister(state["up"])
    state["up"].close()
    state["up"] = None
    print("hung up", why, flush=True)


def send_up(data):
    try:
        state["up"].sendall(data)
    except OSError:
        # Closed from there while this was on its way: reading tells that, and it dials anew.
        pass


def to_gateway(data):
    if state["mute"] or state["up"] is None:
        return
    if state["cut"]:
        state["cut"] = False
        send_up(data[: len(data) // 2])
        hang_up("in the midst of a frame")
        dial()
        return
    # Every third answer a heartbeat runs into it.
    state["beats"] += 1
    send_up((heartbeat.encode() + data) if state["beats"] % 3 == 0 else data)


def steer(line):
    word, _, rest = line.strip().partition(" ")
    if word == "beat":
        send_up(heartbeat.encode())
    elif word == "send":
        send_up(bytes.fromhex(rest))
    elif word in ("cut", "mute"):
        state[word] = True
    elif word == "redial":
        selector.unregister(state["up"])
        state.setdefault("forgotten", []).append(state["up"])
        dial()
    elif word == "quit":
        sys.exit()
    print("did", line.strip(), flush=True)


selector.register(serial_side, selectors.EVENT_READ, "serial")
selector.register(sys.stdin, selectors.EVENT_READ, "stdin")
dial()
while True:
    for key, _ in selector.select():
        if key.data == "stdin":
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            steer(line)
        elif key.data == "serial":
            got = serial_side.recv(512)
            if not got:
                sys.exit()
            to_gateway(got)
        elif key.fileobj is state["up"]:
            try:
                got = state["up"].recv(512)
            except ConnectionError:
                got = b""
            if got:
                if not state["mute"]:
                    serial_side.sendall(got)
            else:
                hang_up("the gateway closed it")
                dial()
