import { ServerTCP } from 'modbus-serial';

// Modbus TCP slaves by modbus-serial: unit and register say the value, so that a wrong answer is seen.
const server = new ServerTCP(
  {
    getMultipleHoldingRegisters(address, length, _unit, done) {
      done(
        null,
        Array.from({ length }, (_, i) => address + i),
      );
    },
  },
  { host: '127.0.0.1', port: Number(process.argv[2]), unitID: 255 },
);
server.on('initialized', () => console.log('ready'));
process.on('SIGTERM', () => process.exit(0));
