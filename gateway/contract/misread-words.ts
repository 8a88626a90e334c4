import type { Label } from './names.ts';
import { strayWords } from './stray-words.ts';
import { unreadWords } from './unread-words.ts';

/**
 * Why something that came was not taken, or not all of it: what stands with it among the dead letters, in the words of either
 * language. `{name}` stands for a parameter; `{words}` is what is known in English alone.
 */
export const misreadWords = {
  // Messages of a device on its own topics.
  'not-json': {
    zh: '{topic}：内容不是 JSON（{error}）；例如应发送 {example}',
    en: '{topic}: the payload is not JSON: {error}{hint}; send for example {example}',
  },
  'not-object': {
    zh: '{topic}：内容必须是一个 JSON 对象，例如 {example}',
    en: '{topic}: the payload must be a JSON object, for example {example}',
  },
  'values-missing': {
    zh: '{topic}：缺少 "values"，或它不是对象；例如应发送 {example}',
    en: '{topic}: "values" is missing or no object; send for example {example}',
  },
  'no-points': {
    zh: '{topic}：{kind} 没有测点，不应上报读数',
    en: '{topic}: a {kind} has no points, so it sends no readings',
  },
  'no-point': {
    zh: '{kind} 没有测点 {name}（有：{known}）',
    en: 'a {kind} has no point {name}{hint} (it has {known})',
  },
  'at-bad': { zh: '"at" 是 {value}；应为 UTC 毫秒', en: '"at" is {value}; send UTC milliseconds' },
  'quality-bad': {
    zh: '"quality" 是 {value}；只能是 good、uncertain 或 bad',
    en: '"quality" is {value}; it is good, uncertain or bad',
  },
  'seq-bad': { zh: '"seq" 是 {value}；应为整数', en: '"seq" is {value}; send a whole number' },
  'data-bad': {
    zh: '"data" 是 {value}；应为对象，例如 {"zone": 3}',
    en: '"data" is {value}; send an object, for example {"zone": 3}',
  },
  'field-name': {
    zh: 'data：{name} 不能作字段名，只能用字母、数字和 _',
    en: 'data: {name} cannot name a field: letters, digits and _ only',
  },
  'field-value': {
    zh: 'data.{name}：{value} 不是单个值，或超过 {most} 个字符',
    en: 'data.{name}: {value} is not a plain value of at most {most} characters',
  },
  'field-count': { zh: 'data 的字段超过 {most} 个', en: 'data has more than {most} fields' },
  'id-missing': {
    zh: '缺少 "id"，重发的事件会被当作又一次；请给每个事件一个设备内唯一的 id',
    en: '"id" is missing, so a repeat of this event cannot be told from a second one; send one that is unique per device',
  },
  'id-bad': {
    zh: '"id" 是 {value}；应为 1 到 128 个字符',
    en: '"id" is {value}; send a text of 1 to 128 characters',
  },
  'no-events': { zh: '{topic}：{kind} 没有事件可报', en: '{topic}: a {kind} sends no events' },
  'event-missing': {
    zh: '{topic}：缺少 "type"（可用：{known}）；例如应发送 {example}',
    en: '{topic}: "type" is missing (it has {known}); send for example {example}',
  },
  'event-unknown': {
    zh: '{topic}：{kind} 没有事件 {type}（可用：{known}）；例如应发送 {example}',
    en: '{topic}: a {kind} has no event {type}{hint} (it has {known}); send for example {example}',
  },
  'status-bad': {
    zh: '{topic}：{value} 不是状态；只能发送 online 或 offline',
    en: '{topic}: {value} is no status; send online or offline',
  },
  'ack-bad': {
    zh: '{topic}："id" 应为命令的 id，"ok" 应为 true 或 false；例如应发送 {example}',
    en: '{topic}: "id" must be the command\'s id and "ok" true or false; send for example {example}',
  },
  'topic-none': {
    zh: '{topic} 不是设备的主题；设备的主题是 readings、events、status、commands/ack',
    en: "{topic} is none of a device's topics: readings, events, status, commands/ack",
  },
  'topic-denied': {
    zh: '{who} 无权使用主题 {topic}；它只能使用自己的主题：核对设备里填的主题，或网桥的前缀',
    en: '{words}',
  },

  // Values.
  'value-null': {
    zh: '{point}：值为 null，但没有 "quality": "bad"',
    en: '{point}: null without "quality": "bad"',
  },
  'value-not-number': { zh: '{point}：{value} 不是数', en: '{point}: {value} is not a number' },
  'value-outside': {
    zh: '{point}：{value} 超出 {min} … {max}{unit}',
    en: '{point}: {value} lies outside of {min} … {max}{unit}',
  },
  'value-not-bool': {
    zh: '{point}：{value} 不是 true 或 false',
    en: '{point}: {value} is not true or false',
  },
  'value-not-word': {
    zh: '{point}：{value} 不在 {known} 之中',
    en: '{point}: {value} is not one of {known}',
  },
  'value-not-text': {
    zh: '{point}：{value} 不是 256 个字符以内的文字',
    en: '{point}: {value} is not a text of at most 256 characters',
  },
  'value-transform': { zh: '{point}：按设备类型换算不出值（{words}）', en: '{point}: {words}' },
  'poll-refused': { zh: '{point}：设备拒绝读取（{words}）', en: '{point}: {words}' },
  'poll-no-number': {
    zh: '{point}：对 {asked} 的应答 {bytes} 里没有它的数',
    en: '{point}: no number of it in {bytes}, the answer to {asked}',
  },
  more: { zh: '…以及其他', en: '… and more' },

  // Messages on topics of a product, of brokers and bridges.
  'topic-not-json': {
    zh: '{topic}：内容不是 JSON（{error}）；修正发送方，或让设备类型取整条内容（只写 topic，不写 json）',
    en: '{topic}: the payload is not JSON: {error}; correct what is sent, or let the type take the whole payload ("topic" without "json")',
  },
  'topic-not-object': {
    zh: '{topic}：{value} 不是 JSON 对象，而设备类型按对象读取',
    en: '{topic}: {value} is no JSON object, as its type reads',
  },
  'not-base64': {
    zh: '{topic}：{value} 不是 base64，而设备类型按 base64 读取',
    en: '{topic}: {value} is no base64, as its type reads',
  },
  payload: { zh: '载荷不能完整解码（{words}）', en: '{words}' },
  'state-word': {
    zh: '{topic}：{value} 既不是在线（{online}）也不是离线（{offline}）',
    en: '{topic}: {value} is neither {online} nor {offline}',
  },
  'no-owner': {
    zh: '{topic}：报文没有说是哪个设备的',
    en: '{topic}: the message does not say whose it is',
  },
  'retained-event': {
    zh: '{topic}：这是代理的保留消息，已发生过的事不会再发生一次；发布时不要设 retain',
    en: '{topic}: the broker has kept it, and what happened once does not happen anew; publish it without retain',
  },
  announced: {
    zh: '{topic}：{devices} 不能按它的自述读取（{words}）',
    en: '{topic}: {devices} cannot be read as it is announced: {words}',
  },
  withdrawn: {
    zh: '链路 {link} 不再自述 {address}：它在那边被删掉，或改了名',
    en: '{address} is announced no more on link {link}: it was taken away there, or has another name now',
  },
  template: { zh: '{topic}：按自述的模板读不出值（{words}）', en: '{topic}: {words}' },
  sparkplug: { zh: '{topic}：不是可用的 Sparkplug 报文（{words}）', en: '{topic}: {words}' },

  ...strayWords,
  ...unreadWords,
  'controller-elsewhere': {
    zh: '链路 {link}：控制器 {what} 的事件来自 {from}，而它不在那里；核对是否有别的设备用了同样的序列号',
    en: 'link {link}: an event of controller {what} came from {from}, where it is not; see whether another machine has its serial number',
  },
  'device-unknown': {
    zh: '没有设备“{device}”；把它加入站点，或改正 id',
    en: 'there is no device "{device}"; add it to the site, or correct the id',
  },
  'device-unusable': {
    zh: '设备“{device}”现在不能用（{words}）：改正它在站点里的设置',
    en: 'the device "{device}" cannot be used: {words}',
  },

  // Alarm panels by SIA DC-09.
  'panel-unknown': {
    zh: '账号 {who}：没有设备用这个账号；添加类型 dc09-panel、地址为该账号的设备，或一个接收陌生账号的 dc09-receiver',
    en: 'account {who}: no device has this account; add one of type dc09-panel with this address, or a dc09-receiver that takes what strangers report',
  },
  'panel-key-missing': {
    zh: '账号 {who}：报文已加密而没有设密钥；给设备设置 key: "env:变量名"，并在启动网关处设置该变量',
    en: 'account {who}: it is encrypted and no key is set; give its device settings: { key: "env:NAME" } and set NAME where the gateway is started',
  },
  'panel-key-unset': {
    zh: '账号 {who}：它的密钥 {key} 在启动网关处没有设置',
    en: 'account {who}: its key {key} is not set where the gateway is started',
  },
  'panel-decrypt': {
    zh: '账号 {who}：用它的密钥解不开；主机和设置里填同一个密钥，并看主机按十六进制还是按字符理解',
    en: 'account {who}: its key does not open it; type the same key into the panel and into the setting, and see whether the panel means hex digits or characters',
  },
  'panel-key-bad': {
    zh: '账号 {who}：它的密钥不合格：应为 32、48 或 64 位十六进制，或 16、24 或 32 个字符',
    en: 'account {who}: its key is none: give 32, 48 or 64 hex digits, or 16, 24 or 32 characters',
  },
  'panel-plain': {
    zh: '账号 {who}：已设密钥却收到未加密的报文，任何人都可能发出；在主机上打开加密，或去掉密钥',
    en: 'account {who}: it came unencrypted though a key is set, so anybody may have sent it; switch encryption on in the panel, or take the key away',
  },
  'panel-clock': {
    zh: '账号 {who}：它的时钟差 {seconds} 秒，已告知正确时间；如不跟随，把 localTime 设成主机所用的时间',
    en: 'account {who}: its clock is {seconds} s off and it was told the time; if it does not follow, set localTime to what the panel keeps',
  },
  'panel-crc': { zh: '来自 {who}：校验不对', en: 'from {who}: the check sum is wrong' },
  'panel-format': {
    zh: '来自 {who}：不是 SIA DC-09 报文；看主机是否用别的协议连到了这个端口',
    en: 'from {who}: it is no SIA DC-09 message; see whether the panel sends another protocol to this port',
  },

  // Fire transmission devices by GB/T 26875.3.
  'fire-unknown': {
    zh: '传输装置 {who}：没有设备用这个地址；如属本站，添加类型 gbt26875-transmitter、地址 "{address}" 的设备',
    en: 'fire device {who}: no device has this address; if it is one of this site, add a device of type gbt26875-transmitter with address: "{address}"',
  },
  'fire-command': {
    zh: '传输装置 {who}：它发出只有监控中心才能发的命令，已否认；看是否把两个中心接到了一起',
    en: 'fire device {who}: it sends what only a centre may send, so it was denied; see whether two centres are wired to each other',
  },
  'fire-clock': {
    zh: '传输装置 {who}：它的时钟差 {seconds} 秒，校时也不跟随，其时间不采用；手动校时，或看电池是否耗尽',
    en: 'fire device {who}: its clock is {seconds} s off and does not follow when it is set, so its times are not used; set it by hand, or see whether its battery is empty',
  },
  'fire-checksum': {
    zh: '来自 {who}：校验不对，已否认，让它重发',
    en: 'from {who}: the check sum is wrong; it was denied, so that it is sent again',
  },
  'fire-format': {
    zh: '来自 {who}：不是 GB/T 26875.3 报文；看设备是否用别的协议连到了这个端口',
    en: 'from {who}: it is no frame of GB/T 26875.3; see whether the device sends another protocol to this port',
  },
  'fire-unit': {
    zh: '类型 {type} 的信息体说有更多对象而实际没有（GB/T 26875.3 §8.3）；已确认，重发也无济于事',
    en: 'a unit of type {type} announces more objects than it has (GB/T 26875.3 §8.3); it was confirmed, since sending it again would not help',
  },

  // Lines on which the device speaks first.
  'receiver-frame': {
    zh: '{device}：帧不被接受（{error}）；核对线路与接警机的波特率、数据位和校验',
    en: '{device}: the frame is refused ({error}); check baud rate, data bits and parity of the line against the receiver',
  },
  'tag-frame': {
    zh: '{device}：标签帧不被接受（{error}）；标签放在感应区边缘会读坏，请靠近一些',
    en: '{device}: the tag frame is refused ({error}); a tag held at the edge of the field gives broken reads, hold it closer',
  },
  'no-frames': {
    zh: '{device} 的类型是 {type}，链路方式是 {link}：它不会主动发帧',
    en: '{device} is of type {type}, whose link is {link}: no frames are heard from it',
  },

  // Card readers, door controllers, tags.
  'reader-installation': {
    zh: '{device}：正在用人人皆知的出厂密钥通信；写入它自己的密钥，设为 key，并去掉 installMode',
    en: '{device}: it is spoken to with the key of installation mode, which everybody knows; load a key of its own into it, set it as "key" and take "installMode" away',
  },
  'reader-wrong-key': {
    zh: '{device}：它没有站点里设的密钥；用厂家工具写入同样的 32 位十六进制，或改正 key 所指的变量；新读卡器需要 installMode: true',
    en: '{device}: it does not have the key that the site has for it; load the same 32 hex digits into the reader with its maker’s tool, or correct the variable that "key" names; a reader fresh from its box needs installMode: true',
  },
  'reader-key-required': {
    zh: '{device}：它不肯用明文通信；给设备设置 key: "env:变量名"，并设置该变量',
    en: '{device}: it does not speak in plain; give its device settings: { key: "env:NAME" } and set NAME',
  },
  'reader-unsupported': {
    zh: '{device}：它不支持加密通道；看是否在读卡器上关闭了或需要授权；确无加密时去掉 key 和 installMode，此后线上可以读到卡号',
    en: '{device}: it does not know the secure channel; see whether that is switched off in the reader or wants a licence; without it, take "key" and "installMode" away: cards can then be read off the wires',
  },
  'reader-no-key': {
    zh: '{device}：key 所指的变量在启动网关处没有设置，或不是 32 位十六进制；在此之前不与它通信',
    en: '{device}: the variable that "key" names is not set where the gateway is started, or is not 32 hex digits; until then nothing is sent to the reader',
  },
  'reader-reply': {
    zh: '{device}：它的应答 {reply} 比自称的短；看读卡器固件是否为 OSDP v2',
    en: "{device}: its reply {reply} is shorter than it says; see whether the reader's firmware is of OSDP v2",
  },
  'card-not-wiegand26': {
    zh: '{device}：卡号 {number} 不是韦根 26 的写法（区号 × 100000 + 卡号）；读卡器是韦根 34 的，在设置里写 wiegand34: true',
    en: '{device}: its card number {number} is none of Wiegand 26 (facility × 100000 + card); if its readers are Wiegand 34, set wiegand34: true in its settings',
  },
  'checkin-no-tag': {
    zh: '读头 {device} 的打点没有可用的标签号；应发送 {"type": "checkin", "data": {"tag": "0063E9AE"}}，最多 {most} 个字符',
    en: 'the check-in of reader {device} has no usable tag: send {"type": "checkin", "data": {"tag": "0063E9AE"}}, at most {most} characters',
  },
  'checkin-check-byte': {
    zh: '读头 {device} 的打点：标签 {tag} 是钮扣标签（iButton），第 {byte} 字节（校验）是 {given}，按其余七个字节应为 {expected}；请重新读取',
    en: 'the check-in of reader {device}: the tag {tag} {words}',
  },
  'checkin-zero': {
    zh: '读头 {device} 的打点：标签全为零，读头触点短路时会读成这样；请重新读取',
    en: 'the check-in of reader {device}: the tag {tag} {words}',
  },

  // The gateway itself.
  failed: {
    zh: '网关处理时出错（{words}）；请下载诊断包，发给维护者',
    en: '{words}',
  },
} satisfies Record<string, Label>;
