import { encodeCommand } from './codec.ts';
import { type SparkplugState, type SparkplugSubject, sparkplugRoot } from './session.ts';

/** A birth may declare hundreds. */
const mostNamed = 20;

/** A command as its message, or why it cannot be said. */
export type SparkplugCommand = { topic: string; payload: Uint8Array } | { unable: string };

/**
 * The message that writes a metric of a node or device: NCMD or DCMD, by what its birth has declared.
 * @param nowMs UTC ms
 */
export function commandSparkplug(
  state: SparkplugState,
  { node, device }: SparkplugSubject,
  metric: { name: string; value: number | boolean | string },
  nowMs: number,
): SparkplugCommand {
  const who = device === null ? node : `${node}/${device}`;
  const birth = state.nodes.get(node)?.born.get(device ?? '');
  if (!birth) return { unable: `${who} has not said its birth since the link is up` };
  const declared = birth.metrics.get(metric.name);
  if (!declared)
    return {
      unable: `the birth of ${who} declares no metric ${JSON.stringify(metric.name)}, only ${[...birth.metrics.keys()].slice(0, mostNamed).join(', ')}`,
    };
  const { datatype, alias } = declared;
  const payload =
    datatype === null ? null : encodeCommand({ name: metric.name, alias, datatype }, metric.value, nowMs);
  if (!payload)
    return {
      unable: `${who} declares ${JSON.stringify(metric.name)} with the datatype ${datatype}, which cannot be ${JSON.stringify(metric.value)}`,
    };
  const topic =
    device === null
      ? `${sparkplugRoot}/${node.replace('/', '/NCMD/')}`
      : `${sparkplugRoot}/${node.replace('/', '/DCMD/')}/${device}`;
  return { topic, payload };
}
