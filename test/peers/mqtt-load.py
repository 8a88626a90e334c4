"""A device that sends by QoS 1 as fast as it is acknowledged, by paho: a peer that this project did not write.

usage: mqtt-load.py PORT DEVICE SECRET FIRST_MS WINDOW EVERY [RATE]

Message n is a reading taken at FIRST_MS + n; every EVERY-th is an event with the id `e-n` instead. At most WINDOW wait for
their PUBACK, and with RATE at most so many go out in a second. Each PUBACK is told on stdout: `event n` or `reading n`. It reconnects and repeats for ever; at the end of
stdin it sends no more, and ends when all is acknowledged.
"""
import json
import os
import sys
import threading
import time

import paho.mqtt.client as mqtt

port, device, secret, first_ms, window, every = sys.argv[1:7]
first_ms, every = int(first_ms), int(every)
rate = int(sys.argv[7]) if len(sys.argv) > 7 else 0
free = threading.Semaphore(int(window))
waiting = {}
stopping = threading.Event()


def told(_client, _userdata, mid):
    print(waiting.pop(mid), flush=True)
    free.release()


client = mqtt.Client(client_id=device, clean_session=True)
client.username_pw_set(device, secret)
client.max_inflight_messages_set(int(window))
client.reconnect_delay_set(min_delay=0.05, max_delay=0.1)
client.on_publish = told
client.connect_async("127.0.0.1", int(port), keepalive=30)
client.loop_start()


def send():
    n = 0
    started = time.monotonic()
    while not stopping.is_set():
        if rate and n > (time.monotonic() - started) * rate:
            time.sleep(0.005)
            continue
        if not free.acquire(timeout=0.1):
            continue
        n += 1
        event = n % every == 0
        if event:
            tail, message = "events", {"id": f"e-{n}", "at": first_ms + n, "type": "panic", "data": {}}
        else:
            tail, message = "readings", {"at": first_ms + n, "values": {"battery": n % 100}}
        # paho numbers its packets 1 to 65535 and begins anew; the acknowledgement may be quicker than the call.
        mid = (n - 1) % 65535 + 1
        waiting[mid] = f"event {n}" if event else f"reading {n}"
        if client.publish(f"gatehouse/{device}/{tail}", json.dumps(message), qos=1).mid != mid:
            print("paho numbers its packets in another way", file=sys.stderr, flush=True)
            os._exit(2)


sender = threading.Thread(target=send)
sender.start()
sys.stdin.read()
stopping.set()
sender.join()
while waiting:
    threading.Event().wait(0.05)
client.disconnect()
client.loop_stop()
