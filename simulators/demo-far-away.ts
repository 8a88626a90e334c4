import { simulateHengboPanel } from './dc09-panel.ts';
import { simulateDtu } from './dtu-unit.ts';
import { simulateFireTransmitter } from './fire-transmitter.ts';
import { emptyUnit, serveModbus } from './modbus-slave.ts';
import { type DemoPart, demoParts, demoTransmitter, ipPanel, rainUnit } from './site/demo-far-away.ts';

/** The demo compound keeps the time of its place. */
const utcOffsetMs = 8 * 3_600_000;

/** What dials the gateway: fire transmission device, home panel over IP, 4G unit. */
export async function createFarAway() {
  const rain = { ...emptyUnit(), holding: [2, 3, 1, 3, 1_500, 0, 5_000] };
  const serial = await serveModbus('rtu', new Map([[1, rain]]));
  let transmitter: ReturnType<typeof simulateFireTransmitter> | undefined;
  let panel: ReturnType<typeof simulateHengboPanel> | undefined;
  let unit: ReturnType<typeof simulateDtu> | undefined;
  return {
    connect(to: { alarmReceiver: number; fireReceiver: number; dtu: number }): void {
      transmitter = simulateFireTransmitter(to.fireReceiver, {
        address: demoTransmitter.address,
        utcOffsetMs,
      });
      const password = process.env[ipPanel.password] ?? '';
      panel = simulateHengboPanel(to.alarmReceiver, { ...ipPanel, password });
      unit = simulateDtu(to.dtu, { ...rainUnit, heartbeatMs: 20_000, serialPort: serial.port });
    },
    /** Level of the rainwater basin, m. */
    setRain(levelM: number): void {
      rain.holding[4] = Math.round(levelM * 1_000);
    },
    /** The state of a part, as bits: 1 normal, 2 fire, 4 fault. */
    firePart(part: DemoPart, state: number): void {
      transmitter?.part(demoParts[part], state);
    },
    /** Its people leave and arm, or come back and disarm. */
    arm(on: boolean): void {
      void panel?.report(on ? '3401 01 001' : '1401 01 001');
    },
    close(): void {
      for (const far of [transmitter, panel, unit, serial]) far?.close();
    },
  };
}
