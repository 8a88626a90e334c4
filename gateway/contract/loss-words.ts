import type { Label } from './names.ts';

/** Why a device is lost or stale (gateway/devices/life-signs.ts and presence.ts), as it stands behind the title of its alarm and on its page. */
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
} satisfies Record<string, Label>;

/** Reasons that name one of the device's points or bindings: `no change: level`. */
const ofPoint: Readonly<Record<string, (name: Label) => Label>> = {
  'no change': ({ zh, en }) => ({ zh: `${zh}长时间不变`, en: `${en} has not moved for long` }),
  'no value': ({ zh, en }) => ({ zh: `${zh}无有效数据`, en: `no valid value of ${en}` }),
};

/**
 * A reason of supervision in words; undefined for one that has none.
 * @param labelOf what a point or binding of the device is called
 */
export function lossWordsOf(
  why: string,
  labelOf: (name: string) => Label | undefined = () => undefined,
): Label | undefined {
  const [what = '', name] = why.split(': ');
  if (name !== undefined && Object.hasOwn(ofPoint, what))
    return ofPoint[what]?.(labelOf(name) ?? { zh: name, en: name });
  return Object.hasOwn(lossWords, why) ? lossWords[why as keyof typeof lossWords] : undefined;
}

/** What a point or event of a kind is called. */
export function labelIn(
  kind: { points: Record<string, { label: Label }>; events: Record<string, { label: Label }> } | undefined,
): (name: string) => Label | undefined {
  return (name) => {
    for (const named of [kind?.points, kind?.events])
      if (named && Object.hasOwn(named, name)) return named[name]?.label;
    return undefined;
  };
}
