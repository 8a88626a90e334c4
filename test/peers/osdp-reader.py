"""Card readers by OSDP v2, a peer that shares no code with this project: standard library, and pyserial for a serial port.

usage: osdp-reader.py PATH BAUD NUMBER...     NUMBER: an address, or address=KEY with 32 hex digits for a secure one

An address with /sum behind it is a reader that knows the check sum of one byte alone; the others answer as they are asked.

AES comes from libcrypto, one block at a time. Lines on stdin steer it, the answer is `did ...`:
  card 1 BITS        a card is held to reader 1; it says so until the next sequence number
  keys 1 DIGITS      keys are pressed
  tamper 1 on|off    power 1 on|off
  lose 1 N           the next N replies of reader 1 get lost after it has acted
  garble 1 N         so many replies arrive with a broken CRC
  busy 1 N           it is busy for N commands
  key 1 KEY          it has another key now
  reboot 1           it forgets its session
  dead 1 on|off      it does not answer
It prints `got ADDRESS SEQ NAME [plain|secure]` for each command but polls, `polls ADDRESS N` when asked by `polls 1`, and
`repeat ADDRESS SEQ` for each command that came again.
"""
import ctypes
import ctypes.util
import os
import sys
import threading
import time

import serial

crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_ecb"):
    getattr(crypto, name).restype = ctypes.c_void_p


def block(key, data, encrypt=True):
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    crypto.EVP_CipherInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_128_ecb()), None, key, None, int(encrypt))
    crypto.EVP_CIPHER_CTX_set_padding(context, 0)
    out = ctypes.create_string_buffer(32)
    size = ctypes.c_int(0)
    crypto.EVP_CipherUpdate(context, out, ctypes.byref(size), data, 16)
    crypto.EVP_CIPHER_CTX_free(context)
    return out.raw[:16]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def flip(data):
    return bytes(255 - byte for byte in data)


def checked(data, with_crc):
    return data + (crc(data) if with_crc else bytes([-sum(data) & 255]))


def crc(data):
    value = 0x1D0F
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
            value &= 0xFFFF
    return bytes([value & 255, value >> 8])


NAMES = {
    0x60: "POLL", 0x61: "ID", 0x62: "CAP", 0x64: "LSTAT", 0x65: "ISTAT", 0x66: "OSTAT", 0x68: "OUT", 0x69: "LED",
    0x6A: "BUZ", 0x76: "CHLNG", 0x77: "SCRYPT",
}
DEFAULT_KEY = bytes(range(0x30, 0x40))


class Reader:
    def __init__(self, address, key, sum_only):
        self.address, self.key, self.sum_only, self.crc = address, key, sum_only, True
        self.tamper = self.power = 0
        self.outputs, self.until = [0, 0], [0, 0]
        self.events = []
        self.lose = self.garble = self.busy = self.polls = 0
        self.dead = False
        self.reboot()

    def reboot(self):
        self.sequence, self.last, self.session, self.pending = None, b"", None, None

    # --- the secure channel (annex D)

    def mac(self, data, vector):
        if len(data) % 16:
            data += b"\x80"
            data += bytes(-len(data) % 16)
        for at in range(0, len(data), 16):
            key = self.session["mac2"] if at + 16 == len(data) else self.session["mac1"]
            vector = block(key, xor(data[at : at + 16], vector))
        return vector

    def derive(self, key, random):
        make = lambda second: block(key, bytes([1, second]) + random[:6] + bytes(8))
        return {"enc": make(0x82), "mac1": make(1), "mac2": make(2), "open": False}

    # --- frames

    def frame(self, sequence, code, data, scb=b""):
        secure = self.session and self.session["open"] and not scb
        if secure:
            kind = 0x18 if data else 0x16
            scb = bytes([2, kind])
            if data:
                plain = data + b"\x80"
                plain += bytes(-len(plain) % 16)
                vector, data = flip(self.session["c"]), b""
                for at in range(0, len(plain), 16):
                    vector = block(self.session["enc"], xor(plain[at : at + 16], vector))
                    data += vector
        length = 5 + len(scb) + 1 + len(data) + (4 if secure else 0) + self.check_bytes()
        out = bytes([0x53, self.address | 0x80, length & 255, length >> 8, sequence | 4 * self.crc | (8 if scb else 0)])
        out += scb + bytes([code]) + data
        if secure:
            self.session["r"] = self.mac(out, self.session["c"])
            out += self.session["r"][:4]
        return checked(out, self.crc)

    def check_bytes(self):
        return 2 if self.crc else 1

    def nak(self, sequence, code):
        self.session = None
        return self.frame(sequence, 0x41, bytes([code]))

    def answer(self, raw):
        """The reply to one command whose check is good."""
        self.crc = bool(raw[4] & 4)
        sequence = raw[4] & 3
        if sequence == 0:
            self.session, self.pending = None, None
        elif sequence == self.sequence:
            print("repeat", self.address, sequence, flush=True)
            return self.last
        elif self.sequence is None or sequence != self.sequence % 3 + 1:
            self.sequence = None
            return self.nak(sequence, 4)
        if self.busy:
            self.busy -= 1
            body = bytes([0x53, self.address | 0x80, 6 + self.check_bytes(), 0, 4 * self.crc, 0x79])
            return checked(body, self.crc)
        if self.pending is not None:
            # The next sequence number says that the last reply has been taken.
            self.events.remove(self.pending)
            self.pending = None
        self.sequence = sequence
        self.last = self.act(raw, sequence)
        return self.last

    def act(self, raw, sequence):
        raw = raw[: -self.check_bytes()]
        body, scb = raw[5:], b""
        if raw[4] & 8:
            scb, body = body[: body[0]], body[body[0] :]
        code, data = body[0], body[1:]
        kind = scb[1] if scb else 0
        how = "secure" if kind >= 0x15 else "plain"
        if self.session and self.session["open"] and kind < 0x15 and code not in (0x76, 0x77):
            return self.nak(sequence, 6)
        if kind >= 0x15:
            if not (self.session and self.session["open"]):
                return self.nak(sequence, 6)
            data, given = data[:-4], data[-4:]
            mac = self.mac(raw[:-4], self.session["r"])
            if mac[:4] != given:
                print("bad mac", self.address, flush=True)
                return self.nak(sequence, 6)
            vector, clear = flip(self.session["r"]), b""
            self.session["c"] = mac
            if kind == 0x17:
                for at in range(0, len(data), 16):
                    clear += xor(block(self.session["enc"], data[at : at + 16], False), vector)
                    vector = data[at : at + 16]
                clear = clear.rstrip(b"\0")
                assert clear[-1] == 0x80, "the padding is wrong"
                data = clear[:-1]
        elif self.key and code not in (0x61, 0x62, 0x76, 0x77):
            return self.nak(sequence, 6)
        if code == 0x60:
            self.polls += 1
            print("poll", self.address, how, flush=True) if self.polls == 1 else None
        else:
            print("got", self.address, sequence, NAMES.get(code, hex(code)), how, data.hex(), flush=True)
        return self.reply(code, data, sequence, scb)

    def reply(self, code, data, sequence, scb):
        if code == 0x60 and self.events:
            self.pending = self.events[0]
            return self.frame(sequence, *self.pending)
        if code == 0x61:
            return self.frame(sequence, 0x45, bytes.fromhex("000EE3") + bytes([16, 1]) + bytes.fromhex("2A000000010203"))
        if code == 0x62:
            return self.frame(sequence, 0x46, bytes([1, 1, 2, 2, 2, 2, 4, 1, 1, 9, 1, 1]))
        if code == 0x64:
            return self.frame(sequence, 0x48, bytes([self.tamper, self.power]))
        if code == 0x65:
            return self.frame(sequence, 0x49, bytes([0, 0]))
        if code == 0x66:
            now = time.monotonic()
            states = [int(bool(on or until > now)) for on, until in zip(self.outputs, self.until)]
            return self.frame(sequence, 0x4A, bytes(states))
        if code == 0x68:
            number, control, ticks = data[0], data[1], data[2] | data[3] << 8
            if control == 5:
                self.until[number] = time.monotonic() + ticks / 10
            else:
                self.outputs[number], self.until[number] = int(control == 2), 0
            return self.frame(sequence, 0x40, b"")
        if code in (0x60, 0x69, 0x6A):
            return self.frame(sequence, 0x40, b"")
        if code == 0x76:
            if not self.key:
                return self.nak(sequence, 5)
            # In installation mode it has the key of block data 0 only.
            if (self.key == DEFAULT_KEY) != (scb[2] == 0):
                return self.nak(sequence, 6)
            self.session = self.derive(self.key, data)
            self.random = (data, os.urandom(8))
            proof = block(self.session["enc"], data + self.random[1])
            return self.frame(sequence, 0x76, bytes(8) + self.random[1] + proof, bytes([3, 0x12, scb[2]]))
        if code == 0x77:
            good = self.session and data == block(self.session["enc"], self.random[1] + self.random[0])
            if not good:
                return self.nak(sequence, 6)
            first = block(self.session["mac2"], block(self.session["mac1"], data))
            out = self.frame(sequence, 0x78, first, bytes([3, 0x14, 1]))
            self.session.update(open=True, r=first, c=first)
            return out
        return self.frame(sequence, 0x41, bytes([3]))


readers = {}
for word in sys.argv[3:]:
    number, _, key = word.partition("=")
    number, _, check = number.partition("/")
    readers[int(number)] = Reader(int(number), bytes.fromhex(key), check == "sum")
lock = threading.RLock()


def serve(port):
    held = b""
    while True:
        held = (held + port.read(1) + port.read(port.in_waiting))[-400:]
        start = held.find(b"\x53")
        held = held[start:] if start >= 0 else b""
        if len(held) < 5:
            continue
        length = held[2] | held[3] << 8
        if not 7 <= length <= 300:
            held = held[1:]
            continue
        if len(held) < length:
            continue
        raw, held = held[:length], held[length:]
        tail = 2 if raw[4] & 4 else 1
        if checked(raw[:-tail], tail == 2) != raw:
            print("bad check", flush=True)
            continue
        with lock:
            reader = readers.get(raw[1])
            if not reader or reader.dead or (reader.sum_only and tail == 2):
                continue
            out = reader.answer(raw)
            if reader.lose:
                reader.lose -= 1
            elif reader.garble:
                reader.garble -= 1
                port.write(out[:-1] + bytes([out[-1] ^ 0x55]))
            else:
                port.write(b"\xff" + out)


def open_port():
    while True:
        try:
            serve(serial.Serial(sys.argv[1], int(sys.argv[2]), timeout=None))
        except (serial.SerialException, OSError, TypeError):
            time.sleep(0.05)


threading.Thread(target=open_port, daemon=True).start()
print("started", flush=True)
for line in sys.stdin:
    word, number, *rest = line.split()
    reader, value = readers[int(number)], rest[0] if rest else ""
    with lock:
        if word == "card":
            packed = int(value.ljust((len(value) + 7) // 8 * 8, "0"), 2).to_bytes((len(value) + 7) // 8, "big")
            reader.events.append((0x50, bytes([0, 1, len(value), 0]) + packed))
        elif word == "keys":
            reader.events.append((0x53, bytes([0, len(value)]) + value.encode()))
        elif word in ("tamper", "power"):
            setattr(reader, word, int(value == "on"))
            reader.events.append((0x48, bytes([reader.tamper, reader.power])))
        elif word in ("lose", "garble", "busy"):
            setattr(reader, word, int(value))
        elif word == "key":
            reader.key = bytes.fromhex(value)
            reader.reboot()
        elif word == "reboot":
            reader.reboot()
        elif word == "dead":
            reader.dead = value == "on"
        elif word == "polls":
            print("polls", number, reader.polls, flush=True)
        print("did", line.strip(), flush=True)
