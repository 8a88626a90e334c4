import { useMemo } from 'react';
import { Trend } from '../../components/trend/trend.tsx';

const beforeMs = 3_600_000;
const afterMs = 1_800_000;

/** The trend around the time of an alarm. */
export default function AlarmTrend({ device, point, at }: { device: string; point: string; at: number }) {
  const window = useMemo(() => ({ from: at - beforeMs, to: at + afterMs }), [at]);
  return <Trend device={device} point={point} window={window} />;
}
