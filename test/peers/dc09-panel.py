"""An alarm panel that reports by SIA DC-09, written after the standard and sharing nothing with the gateway.

dc09-panel.py PORT ACCOUNT tcp|udp [KEY_HEX]
dc09-panel.py PORT ACCOUNT load FIRST

A line on stdin is one message: `ID SEQ TEXT`, for example `ADM-CID 0021 1131 01 015` or `NULL 0000`; words before it change it:
`at=SECONDS` moves its clock, `plain` leaves the time out, `raw HEX` sends bytes as they are. Each answer is a line on stdout:
`got ID SEQ TEXT`. With `load` it reports burglaries in zones FIRST, FIRST+1 … one after the other, each until it is
acknowledged, over as many connections as that takes, and prints `acked N`; it ends when stdin does.

AES comes from the openssl command.
"""

import socket
import subprocess
import sys
import threading
import time

PORT, ACCOUNT, WAY = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KEY = sys.argv[4] if len(sys.argv) > 4 and WAY != "load" else None


def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def aes(direction, data):
    bits = len(KEY) * 4
    command = ["openssl", "enc", direction, f"-aes-{bits}-cbc", "-K", KEY, "-iv", "0" * 32, "-nopad"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def stamp(offset=0):
    return time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime(time.time() + offset))


def frame(token, seq, text, timed):
    data = f"#{ACCOUNT}|{text}" if text else ""
    if KEY:
        inside = f"|{data}]{timed}"
        inside = "RANDOMPADDINGXYZ"[: 16 - len(inside) % 16] + inside
        body = f'"*{token}"{seq}R1L0#{ACCOUNT}[' + aes("-e", inside.encode()).hex().upper()
    else:
        body = f'"{token}"{seq}R1L0#{ACCOUNT}[{data}]{timed}'
    return f"\n{crc(body.encode()):04X}{len(body):04X}{body}\r".encode()


def show(answer):
    body = answer[9:-1]
    assert int(answer[1:5], 16) == crc(body), f"wrong CRC: {answer!r}"
    assert int(answer[5:9], 16) == len(body), f"wrong length: {answer!r}"
    text = body.decode("latin1")
    _, token, rest = text.split('"', 2)
    seq, inside = rest[:4], rest.split("[", 1)[1]
    if token.startswith("*"):
        token = "*" + token[1:]
        inside = aes("-d", bytes.fromhex(inside)).decode().split("|", 1)[1]
    return token, seq, inside


def frames_of(stream):
    held = b""
    while True:
        more = stream.recv(4096)
        if not more:
            return
        held += more
        while b"\r" in held:
            one, held = held.split(b"\r", 1)
            yield one[one.index(b"\n") :] + b"\r"


def listen(sock):
    try:
        if WAY == "udp":
            while True:
                print("got", *show(sock.recv(4096)), flush=True)
        for answer in frames_of(sock):
            print("got", *show(answer), flush=True)
        print("closed", flush=True)
    except OSError:
        print("closed", flush=True)


def connect():
    if WAY == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(("127.0.0.1", PORT))
        return sock
    sock = socket.create_connection(("127.0.0.1", PORT))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def load(number):
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.is_set():
        try:
            sock = connect()
            sock.settimeout(2)
            answers = frames_of(sock)
            while not ended.is_set():
                seq = f"{number % 9999 + 1:04d}"
                sock.sendall(frame("ADM-CID", seq, f"1130 {number // 1000:02d} {number % 1000:03d}", ""))
                token, answered, _ = show(next(answers))
                assert (token, answered) == ("ACK", seq), (token, answered)
                print("acked", number, flush=True)
                number += 1
        except (OSError, StopIteration):
            time.sleep(0.1)


if WAY == "load":
    load(int(sys.argv[4]))
    sys.exit(0)

def message(words):
    if words[0] == "raw":
        return bytes.fromhex(words[1])
    timed = stamp()
    while words[0].startswith("at=") or words[0] == "plain":
        word = words.pop(0)
        timed = "" if word == "plain" else stamp(float(word[3:]))
    return frame(words[0], words[1], " ".join(words[2:]), timed)


peer = connect()
threading.Thread(target=listen, args=(peer,), daemon=True).start()
print("connected", flush=True)
for line in sys.stdin:
    try:
        peer.sendall(message(line.strip().split(" ")))
    except OSError:
        # Closed from there while this was on its way: the one that listens says so.
        continue
