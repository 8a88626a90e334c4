"""A Modbus server by pymodbus, a peer that this project did not write.

usage: modbus-server.py tcp PORT | rtu PORT | serial PATH [UNITS]   (rtu: RTU frames over TCP, as behind a serial server)

UNITS are ids with commas between, 1 when not given; behind them is one and the same device. On a serial line a unit that is not there
is silent; over TCP the server says so (exception 0B). It has 16 coils, 16 discrete inputs and 40,000 registers of both kinds, all 0. Lines on stdin set values:
`inputs 3 1`, `holding 4 2900`, `coils 0 1`; `refuse 2` (or 4, 11) answers every question with this exception from then on, `refuse 0` as
before. Each write by a master is told on stdout: `wrote 5 0 1`.
"""
import sys
import threading

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.exceptions import NoSuchSlaveException
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

FUNCTION = {"coils": 1, "inputs": 2, "holding": 3, "input": 4}


class TellingSlave(ModbusSlaveContext):
    """Tells what a master has written, and refuses everything when it is told to."""

    refuses = 0

    def validate(self, fc_as_hex, address, count=1):
        if self.refuses == 4:
            raise RuntimeError("told to fail")
        if self.refuses == 11:
            raise NoSuchSlaveException("told to be behind a gateway that does not reach it")
        return self.refuses == 0 and super().validate(fc_as_hex, address, count)

    def setValues(self, fx, address, values):
        super().setValues(fx, address, values)
        if fx in (5, 6, 15, 16):
            print("wrote", fx, address, *[int(value) for value in values], flush=True)


def block(size):
    return ModbusSequentialDataBlock(0, [0] * size)


slave = TellingSlave(di=block(16), co=block(16), hr=block(40_000), ir=block(40_000), zero_mode=True)
way, where = sys.argv[1:3]
units = [int(unit) for unit in (sys.argv[3] if len(sys.argv) > 3 else "1").split(",")]
context = ModbusServerContext(slaves={unit: slave for unit in units}, single=False)


def serve():
    if way == "serial":
        StartSerialServer(
            context=context, port=where, baudrate=9600, framer=ModbusRtuFramer, ignore_missing_slaves=True
        )
    else:
        framer = ModbusRtuFramer if way == "rtu" else ModbusSocketFramer
        StartTcpServer(
            context=context,
            address=("127.0.0.1", int(where)),
            framer=framer,
            allow_reuse_address=True,
            ignore_missing_slaves=way == "rtu",
        )


threading.Thread(target=serve, daemon=True).start()
print("started", flush=True)
for line in sys.stdin:
    table, address, *values = line.split()
    if table == "refuse":
        slave.refuses = int(address)
    else:
        slave.setValues(FUNCTION[table], int(address), [int(value) for value in values])
    print("set", line.strip(), flush=True)
