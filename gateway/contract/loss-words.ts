import type { Label } from './names.ts';

/** Why a device counts as lost, each a fault of its own: the reasons that supervision gives (`DeviceState.why`), in words. */
export const lossWords = {
  will: { zh: '设备断线', en: 'disconnected' },
  silence: { zh: '超时无心跳', en: 'not heard in time' },
  'poll timeout': { zh: '轮询无应答', en: 'does not answer polls' },
  'poll garbled': { zh: '应答无法识别', en: 'answers cannot be read' },
  'no picture': { zh: '取不到画面', en: 'gives no picture' },
  'no channel': { zh: '加密通道未建立', en: 'no secure channel' },
  'parent lost': { zh: '上级设备离线', en: 'its parent is lost' },
  'source lost': { zh: '信号来源离线', en: 'its source is lost' },
  'connection lost': { zh: '连接中断', en: 'connection lost' },
  'link down': { zh: '链路中断', en: 'link down' },
  'bridge offline': { zh: '网桥离线', en: 'its bridge is offline' },
  availability: { zh: '网桥报告离线', en: 'told as offline' },
  'bad values': { zh: '数值无效', en: 'bad values' },
} satisfies Record<string, Label>;

/** The words of a reason; `no change: level` is a value that stands still. Undefined for a reason that has none. */
export function lossWordsOf(why: string): Label | undefined {
  const stuck = /^no change: (.*)$/.exec(why)?.[1];
  if (stuck !== undefined)
    return { zh: `数值长时间不变：${stuck}`, en: `a value has not moved for long: ${stuck}` };
  return Object.hasOwn(lossWords, why) ? lossWords[why as keyof typeof lossWords] : undefined;
}
