"""A Modbus server by pymodbus, a peer that this project did not write.

usage: modbus-server.py tcp PORT | rtu PORT | serial PATH   (rtu: RTU frames over TCP, as behind a serial server)

Unit 1 has 16 coils, 16 discrete inputs and 40,000 registers of both kinds, all 0. Lines on stdin set values:
`inputs 3 1`, `holding 4 2900`, `coils 0 1`. Each write by a master is told on stdout: `wrote 5 0 1`.
"""
import sys
import threading

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

FUNCTION = {"coils": 1, "inputs": 2, "holding": 3, "input": 4}


class TellingSlave(ModbusSlaveContext):
    """Tells what a master has written."""

    def setValues(self, fx, address, values):
        super().setValues(fx, address, values)
        if fx in (5, 6, 15, 16):
            print("wrote", fx, address, *[int(value) for value in values], flush=True)


def block(size):
    return ModbusSequentialDataBlock(0, [0] * size)


slave = TellingSlave(di=block(16), co=block(16), hr=block(40_000), ir=block(40_000), zero_mode=True)
context = ModbusServerContext(slaves={1: slave}, single=False)
way, where = sys.argv[1:3]


def serve():
    if way == "serial":
        StartSerialServer(context=context, port=where, baudrate=9600, framer=ModbusRtuFramer)
    else:
        framer = ModbusRtuFramer if way == "rtu" else ModbusSocketFramer
        StartTcpServer(context=context, address=("127.0.0.1", int(where)), framer=framer, allow_reuse_address=True)


threading.Thread(target=serve, daemon=True).start()
print("started", flush=True)
for line in sys.stdin:
    table, address, *values = line.split()
    slave.setValues(FUNCTION[table], int(address), [int(value) for value in values])
    print("set", line.strip(), flush=True)
