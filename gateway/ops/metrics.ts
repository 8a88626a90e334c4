import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The gateway's own figures; names as Prometheus wants them, base units seconds and bytes. */
export function createMetrics(read: {
  turns(): {
    queued: number;
    queuedBytes: number;
    dropped: number;
    turns: number;
    inputs: number;
    condemned: number;
  };
  openAlarms(): Map<string, number>;
  consoles(): number;
  mqttConnections(): number;
}) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'gatehouse_' });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('gatehouse_queue_inputs', 'Inputs waiting for their turn', () => read.turns().queued);
  gauge('gatehouse_queue_bytes', 'Bytes that waiting inputs hold', () => read.turns().queuedBytes);
  gauge('gatehouse_turns_total', 'Turns committed', () => read.turns().turns);
  gauge('gatehouse_inputs_total', 'Inputs handled', () => read.turns().inputs);
  gauge(
    'gatehouse_inputs_dropped_total',
    'Readings dropped because the queue was full',
    () => read.turns().dropped,
  );
  gauge('gatehouse_inputs_condemned_total', 'Inputs set aside as poison', () => read.turns().condemned);
  gauge('gatehouse_consoles', 'Open live sockets', read.consoles);
  gauge('gatehouse_mqtt_connections', 'Connections to the embedded broker', read.mqttConnections);
  new Gauge({
    name: 'gatehouse_open_alarms',
    help: 'Open alarms by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [state, count] of read.openAlarms()) this.set({ state }, count);
    },
  });
  const alarmSeconds = new Histogram({
    name: 'gatehouse_alarm_shown_seconds',
    help: 'Event received to alarm painted on a console',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers: [registry],
  });
  const limited = new Counter({
    name: 'gatehouse_limits_hit_total',
    help: 'Caps that were hit, by name',
    labelNames: ['limit'],
    registers: [registry],
  });
  const stray = new Counter({
    name: 'gatehouse_mqtt_stray_messages_total',
    help: 'Messages of bridges and outside brokers on topics that no device takes',
    registers: [registry],
  });
  return {
    render: () => registry.metrics(),
    alarmShown: (seconds: number) => alarmSeconds.observe(seconds),
    limited: (limit: string) => limited.inc({ limit }),
    strayed: () => stray.inc(),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
