import type { Label } from './names.ts';

/** Why a device type cannot be tried on a frame or message that somebody has pasted. A part of `misread.ts`. */
export const unreadWords = {
  'try-no-line': {
    zh: '没有设备类型在线路上使用协议 {protocol}；不选设备类型，只看字段',
    en: '{protocol} is not spoken on a line of a device type; leave the type out to see its fields',
  },
  'try-other-link': {
    zh: '类型 {type} 的链路方式是 {link}，而这些字节是 {protocol}；换一个类型',
    en: '"{type}" has link: {link}; these bytes are {protocol}: choose another type',
  },
  'try-broken': {
    zh: '帧有错，不能按类型读取；错在哪里、怎么改，见它的字段上方',
    en: 'the frame is not in order; what is wrong, and what mends it, stands above its fields',
  },
  'try-many': {
    zh: '共有 {count} 个应答，一次最多试 {most} 个；少粘贴一些',
    en: 'these are {count} answers, and {most} are tried at once; paste fewer of them',
  },
  'try-no-question': {
    zh: '应答没有说它是哪些寄存器的（功能码 {fc}，{count} 个值）；把请求一起粘贴，或填写起始地址',
    en: 'an answer does not say which registers it holds: paste the question with it, or give the first address that was asked for (function {fc}, {count} values)',
  },
  'try-no-registers': {
    zh: '这些字节里没有带寄存器或位的应答；粘贴设备的应答，不只是请求',
    en: 'there is no answer with registers or bits among the bytes; paste what the device answered, not the question alone',
  },
  'try-no-data': {
    zh: '这一帧不是带数据的应答；粘贴电表的应答',
    en: 'the frame is no answer with data; paste what the meter answered',
  },
  'try-no-measurements': {
    zh: '这一帧不是带计量数据的应答；粘贴表的应答',
    en: 'the frame is no answer with measurements; paste what the meter answered',
  },
  'try-no-receiver': {
    zh: '没有协议 {protocol} 的接警机类型；先添加一个',
    en: 'there is no type of a receiver for {protocol}; add one first',
  },
  'try-native-topic': {
    zh: '原生设备使用主题 gatehouse/ID/readings 或 events，不是 {topic}；改正主题',
    en: 'a native device speaks on gatehouse/ID/readings or events, not on {topic}; correct the topic',
  },
  'try-no-topics': {
    zh: '类型 {type} 的链路方式是 {link}，不读 MQTT 主题；换一个类型，或清空主题',
    en: '"{type}" has link: {link}, it reads no topics; choose another type, or leave the topic empty',
  },
  'try-topic': {
    zh: '类型 {type} 不读 {topic} 这样的主题；核对主题，或换一个类型',
    en: '"{type}" reads no topic such as {topic}; compare the topic, or choose another type',
  },
} satisfies Record<string, Label>;
