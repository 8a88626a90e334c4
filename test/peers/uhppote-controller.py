"""A UT0311-L0x door controller by UDP, written after the published layouts and sharing nothing with the gateway.

uhppote-controller.py SERIAL PORT

It keeps cards and a log, pushes each event to its listener, and checks every byte of every question: a wrong one is a line
`bad …` on stdout, a right one `got FUNCTION …`. Lines on stdin: `swipe CARD DOOR`, `event REASON DOOR`, `quiet` (no pushing),
`cards` (prints `cards N`). Its clock is that of China.
"""

import datetime
import socket
import struct
import sys
import threading

SERIAL, PORT = int(sys.argv[1]), int(sys.argv[2])
MAGIC = 0x55AAAA55
CHINA = datetime.timezone(datetime.timedelta(hours=8))

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", PORT))
lock = threading.Lock()
cards, log = {}, []
state = {"listener": None, "special": False, "quiet": False, "read": 0}
doors = {n: (3, 5) for n in range(1, 5)}
opened = [0, 0, 0, 0]


def say(*words):
    print(*words, flush=True)


def bcd(text):
    return bytes.fromhex(text)


def frame(function, body=b"", at=8):
    packet = bytearray(64)
    packet[0:8] = struct.pack("<BBHI", 0x17, function, 0, SERIAL)
    packet[at : at + len(body)] = body
    return packet


def entry(event):
    index, kind, granted, door, card, time, reason = event
    return struct.pack("<IBBBBI", index, kind, granted, door, 1, card) + bcd(time) + bytes([reason])


def status():
    now = datetime.datetime.now(CHINA)
    packet = frame(0x20, entry(log[-1]) if log else b"")
    packet[28:32] = bytes(opened)
    packet[37:40] = bcd(now.strftime("%H%M%S"))
    packet[49] = sum(1 << (n - 1) for n, (mode, _) in doors.items() if mode == 1)
    packet[51:54] = bcd(now.strftime("%y%m%d"))
    return packet


def record(kind, granted, door, card, reason):
    if reason in (20, 23, 24) and not state["special"]:
        return
    time = datetime.datetime.now(CHINA).strftime("%Y%m%d%H%M%S")
    log.append((len(log) + 1, kind, granted, door, card, time, reason))
    if state["listener"] and not state["quiet"]:
        packet = status()
        packet[0] = 0x19  # as firmware 6.62 pushes
        sock.sendto(packet, state["listener"])


def only(packet, end):
    """Nothing may stand behind a question's own fields."""
    if any(packet[end:]):
        say("bad trailing", packet.hex())


def answer(packet):
    if len(packet) != 64 or packet[0] != 0x17 or packet[2:4] != b"\0\0":
        say("bad header", packet.hex())
        return None
    function, serial = packet[1], struct.unpack_from("<I", packet, 4)[0]
    if serial != SERIAL and not (function == 0x94 and serial == 0):
        return None
    number = struct.unpack_from("<I", packet, 8)[0]
    if function == 0x20:
        only(packet, 8)
        return status()
    if function == 0x94:
        only(packet, 8)
        body = bytes([127, 0, 0, 1, 255, 0, 0, 0, 0, 0, 0, 0]) + bytes.fromhex("00661939552d") + bcd("0662") + bcd("20200101")
        return frame(0x94, body)
    if function == 0x92:
        only(packet, 8)
        host, port = state["listener"] or ("0.0.0.0", 0)
        return frame(0x92, socket.inet_aton(host) + struct.pack("<HB", port, 0))
    if function == 0x90:
        only(packet, 15)
        state["listener"] = (socket.inet_ntoa(packet[8:12]), struct.unpack_from("<H", packet, 12)[0])
        say("got listener", *state["listener"])
        return frame(0x90, b"\1")
    if function == 0x8E:
        only(packet, 9)
        state["special"] = packet[8] == 1
        return frame(0x8E, b"\1")
    if function == 0x58:
        only(packet, 8)
        return frame(0x58, struct.pack("<I", len(cards)))
    if function == 0x5A:
        only(packet, 12)
        return frame(0x5A, struct.pack("<I", number) + cards[number] if number in cards else b"")
    if function == 0x50:
        only(packet, 27)
        cards[number] = packet[12:27]
        say("got put", number, packet[12:16].hex(), packet[16:20].hex(), packet[20:24].hex())
        return frame(0x50, b"\1")
    if function == 0x52:
        only(packet, 12)
        say("got delete", number)
        return frame(0x52, bytes([cards.pop(number, None) is not None]))
    if function == 0xB0:
        only(packet, 12)
        if not log or number > len(log):
            return frame(0xB0)
        return frame(0xB0, entry(log[max(number, 1) - 1]))
    if function == 0xB2:
        only(packet, 16)
        if struct.unpack_from("<I", packet, 12)[0] != MAGIC:
            say("bad magic", packet.hex())
            return None
        state["read"] = number
        say("got index", number)
        return frame(0xB2, b"\1")
    if function == 0x40:
        only(packet, 9)
        say("got open", packet[8])
        sock_answer = frame(0x40, b"\1")
        record(2, 1, packet[8], 3922570474, 44)
        return sock_answer
    if function in (0x80, 0x82):
        door = packet[8]
        if function == 0x80:
            only(packet, 11)
            doors[door] = (packet[9], packet[10])
            say("got mode", door, packet[9], packet[10])
        return frame(function, bytes([door, *doors[door]]))
    if function == 0x30:
        only(packet, 15)
        say("got time", packet[8:15].hex())
        return frame(0x30, packet[8:15])
    say("bad function", packet.hex())
    return None


def serve():
    while True:
        packet, sender = sock.recvfrom(2048)
        with lock:
            reply = answer(packet)
        if reply:
            sock.sendto(reply, sender)


threading.Thread(target=serve, daemon=True).start()
say("ready", sock.getsockname()[1])
for line in sys.stdin:
    words = line.split()
    with lock:
        if words[0] == "swipe":
            card, door = int(words[1]), int(words[2])
            held = cards.get(card)
            granted = int(held is not None and held[8 + door - 1] > 0)
            record(1, granted, door, card, 1 if granted else 6)
        elif words[0] == "event":
            reason, door = int(words[1]), int(words[2])
            if reason in (23, 38):
                opened[door - 1] = 1
            if reason == 24:
                opened[door - 1] = 0
            record(3 if reason > 30 else 2, int(reason < 30), door, 0, reason)
        elif words[0] == "quiet":
            state["quiet"] = True
        elif words[0] == "cards":
            say("cards", len(cards))
