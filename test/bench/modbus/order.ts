/** What the reading side is to do; comes as JSON on its stdin. */
export interface ModbusOrder {
  port: number;
  master: 'gatehouse' | 'modbus-serial';
  connections: number;
  warmupMs: number;
  measureMs: number;
}

export interface ModbusResult {
  perSecond: number;
  failed: number;
}

export const registers = 100;
