import type { DeviceState } from './device-state.ts';
import type { Kind } from './kind.ts';
import type { Label } from './names.ts';

/** What supervision says of a device. */
export type Supervised = Pick<DeviceState, 'state' | 'why' | 'cause'>;

/** Why a device is lost or stale (gateway/devices/life-signs.ts and presence.ts), as it stands behind the title of its alarm. */
export const lossWords = {
  'poll timeout': { zh: '轮询无应答', en: 'does not answer polls' },
  'poll garbled': { zh: '应答无法识读', en: 'its answers cannot be read' },
  'poll refused': { zh: '拒绝读取', en: 'refuses to be read' },
  silence: { zh: '心跳中断，超时未收到数据', en: 'heartbeat missed, nothing heard in time' },
  will: { zh: '遗嘱报告断线', en: 'told as gone by its will' },
  availability: { zh: '上线状态主题报告离线', en: 'told as offline on its availability topic' },
  'connection lost': { zh: '连接中断', en: 'its connection broke' },
  'link down': { zh: '链路中断', en: 'its link is down' },
  'bridge offline': { zh: '网桥离线', en: 'its bridge is offline' },
  'no channel': { zh: '加密通道未建立', en: 'no secure channel' },
  'no picture': { zh: '取不到画面', en: 'gives no picture' },
  'bad values': { zh: '数值均无效', en: 'all its values are invalid' },
  'parent lost': { zh: '上级设备离线', en: 'its parent is lost' },
  'parent stale': { zh: '上级设备无有效数据', en: 'its parent delivers no valid values' },
  'source lost': { zh: '信号来源离线', en: 'its source is lost' },
  'source stale': { zh: '信号来源无有效数据', en: 'its source delivers no valid values' },
} satisfies Readonly<Record<string, Label>>;

/** Reasons that name one of the device's points or bindings: `no change: level`. */
const ofPoint: Readonly<Record<string, (name: Label) => Label>> = {
  'no change': ({ zh, en }) => ({ zh: `${zh}长时间不变`, en: `${en} has not moved for long` }),
  'no value': ({ zh, en }) => ({ zh: `${zh}无有效数据`, en: `no valid value of ${en}` }),
};

function labelOf(name: string, { points, events }: Kind): Label {
  for (const named of [points, events])
    if (Object.hasOwn(named, name)) return named[name]?.label ?? { zh: name, en: name };
  return { zh: name, en: name };
}

/** A reason of supervision in words; one that is not known stays as it is. */
export function lossWordsOf(why: string, kind: Kind): Label {
  const [what = '', name] = why.split(': ');
  const named =
    Object.hasOwn(ofPoint, what) && name !== undefined ? ofPoint[what]?.(labelOf(name, kind)) : undefined;
  return (
    named ??
    (Object.hasOwn(lossWords, why) ? lossWords[why as keyof typeof lossWords] : undefined) ?? {
      zh: why,
      en: why,
    }
  );
}
