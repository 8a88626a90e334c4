import type { Label } from './names.ts';

/**
 * What a codec of the frame inspector finds wrong, by its code: what, where, and how to mend it. `{first}` and `{last}` stand for the
 * first and the last byte, `{count}` for the number of bytes, `{detail}` for what the codec knows more closely.
 */
export const frameFaultWords = {
  // Where it begins and ends.
  header: {
    zh: '开头不对：以 {first} 开头，这个协议的帧不这样开头；看前面是否多了或漏了字节，或换一个协议',
    en: 'its beginning is wrong: no frame of this protocol begins with {first}; see whether bytes are missing there or too many, or choose another protocol',
  },
  start: {
    zh: '开头不对：以 {first} 开头，不是这个协议的起始符；看前面是否多了或漏了字节，或换一个协议',
    en: 'its beginning is wrong: {first} is not the start of this protocol; see whether bytes are missing there or too many, or choose another protocol',
  },
  framing: {
    zh: '首尾不全：以 {first} 开头、{last} 结尾，缺这个协议的起始符或结束符；终端和日志常吞掉它们，请用能显示控制字符的方式重新抓取',
    en: 'its start or its end is missing: it begins with {first} and ends with {last}; terminals and logs often swallow both, capture it with control characters shown',
  },
  terminator: {
    zh: '结尾不对：最后一个字节是 {last}，不是这个协议的结束符；看末尾是否截断，或多抄了字节',
    en: 'its end is wrong: the last byte is {last}, which is not the end of this protocol; see whether it was cut off, or something stands behind it',
  },
  end: {
    zh: '结尾不对：最后一个字节是 {last}，不是这个协议的结束符；看末尾是否截断，或多抄了字节',
    en: 'its end is wrong: the last byte is {last}, which is not the end of this protocol; see whether it was cut off, or something stands behind it',
  },
  stop: {
    zh: '最后一位应为 0（停止位）；从九个 1 处重新对齐，或重新读取',
    en: 'the last bit has to be 0 (stop bit); align it anew at its nine bits of 1, or read it again',
  },
  no_frame: {
    zh: '这 {count} 个字节里没有一个完整的帧；看开头和结尾是否截断，或换一个协议',
    en: 'no whole frame stands in these {count} bytes; see whether its beginning or end is cut off, or choose another protocol',
  },

  // How long it is, and what proves that it came whole.
  length: {
    zh: '长度不对：共 {count} 个字节，与帧里所说的或协议规定的不符；看是否截断，或两帧连在了一起',
    en: 'its length is wrong: {count} bytes are not what it says itself, or what the protocol has; see whether it was cut off, or two frames stand together',
  },
  data_length: {
    zh: '数据长度不对：帧是完整的，数据域的字节数却不是这种报文应有的；核对型号和规约版本，厂家扩展的数据请看说明书',
    en: 'the length of its data is wrong: the frame is whole, and its data is not as long as such a message has it; compare model and edition of the standard; for what a maker has added see its manual',
  },
  crc: {
    zh: 'CRC 校验不对：有字节抄错、漏了，或在线路上受了干扰；核对原文，再看波特率、校验位和接线',
    en: 'the CRC is wrong: a byte was copied wrongly, is missing, or was disturbed on the line; compare the original, then baud rate, parity and wiring',
  },
  checksum: {
    zh: '校验和不对：有字节抄错、漏了，或在线路上受了干扰；核对原文，再看波特率、校验位和接线',
    en: 'the check sum is wrong: a byte was copied wrongly, is missing, or was disturbed on the line; compare the original, then baud rate, parity and wiring',
  },
  check: {
    zh: '末尾的校验（CRC 或校验和）不对：有字节抄错、漏了，或在线路上受了干扰；核对原文，再看波特率和接线',
    en: 'the check at its end (CRC or sum) is wrong: a byte was copied wrongly, is missing, or was disturbed on the line; compare the original, then baud rate and wiring',
  },
  parity: {
    zh: '奇偶校验不对：有位读错；重新刷卡，再看 D0、D1 两线是否接反',
    en: 'a parity bit is wrong: a bit was misread; present the card again, then see whether D0 and D1 are swapped',
  },

  // What stands in it.
  format: {
    zh: '内容不是这个协议的写法：字符、字段或 JSON 成员不对；核对原文是否完整，或换一个协议',
    en: 'its contents are not written as this protocol has them: characters, fields or members of the JSON; see whether it is whole, or choose another protocol',
  },
  address: {
    zh: '地址域（起始符后六个字节）里有不是 BCD 的数字；核对这几个字节，或换一个协议',
    en: 'its address (the six bytes behind the start) has digits that are no BCD; compare these bytes, or choose another protocol',
  },
  function: {
    zh: '功能码不认识，或与所选的型号不符；核对功能码那个字节，或换一个协议',
    en: 'its function code is unknown, or not that of the chosen model; compare that byte, or choose another protocol',
  },
  quantity: {
    zh: '数量（寄存器或线圈个数）为 0、过多，或与字节数不符；核对功能码后面的数量和字节数',
    en: 'its quantity of registers or bits is 0, too many, or not that of its byte count; compare both, behind the function code',
  },
  data: {
    zh: '数据域不能解释；核对型号和规约版本',
    en: 'its data cannot be interpreted; compare model and edition of the standard',
  },
  bcd: {
    zh: '数据里应是 BCD（每半个字节 0 到 9），却有 A 到 F；看数据类型、字节顺序，或表是否用这些字节表示无数据',
    en: 'its data has A to F where BCD has 0 to 9 in each half byte; see type and byte order, or whether the meter means "no data" by them',
  },
  objects: {
    zh: '信息体里的对象个数与长度不符（GB/T 26875.3 §8.3）；核对信息对象数目那个字节，看是否截断',
    en: 'its unit announces another number of objects than it has (GB/T 26875.3 §8.3); compare the byte with their number, and see whether it was cut off',
  },
  security: {
    zh: '安全块（SCB）的长度不对：短于 2 或超出帧尾；看是否截断，或控制字节是否抄错',
    en: 'the length of its security block is wrong: less than 2, or beyond the end; see whether it was cut off, or the control byte copied wrongly',
  },
  message_type: {
    zh: '第 5、6 位应为 18 或 98（Contact ID），这里不是；核对账号是否为四位',
    en: 'its digits 5 and 6 have to be 18 or 98 (Contact ID); see whether the account has four digits',
  },
  qualifier: {
    zh: '第 7 位应为限定符 1、3 或 6，其后为三位事件码；核对这几位',
    en: 'its digit 7 has to be the qualifier 1, 3 or 6, with three digits of the event behind it; compare them',
  },
  zero: {
    zh: '八个字节全为 0：读头触点短路时会读成这样；清洁触点后重新读取',
    en: 'all eight bytes are 0, as a short circuit of the probe reads; clean its contacts and read again',
  },
  unread: {
    zh: '内容只能读出一部分（{detail}）；核对型号，看末尾是否截断',
    en: 'only a part of it can be read ({detail}); compare the model, and see whether it was cut off',
  },
  base64: {
    zh: '载荷不是 base64；看网络服务器的输出格式是否改成了十六进制或 JSON',
    en: 'its payload is no base64; see whether the network server sends hex or JSON instead',
  },
  fields: {
    zh: '不是巡更读出数据的写法（{detail}）；应有读头、它的时间，以及每条的标签和时间',
    en: 'it is not written as a read-out of a wand ({detail}); it has the reader, its clock, and tag and time of each record',
  },
  records: {
    zh: '没有一条可用的记录；逐条的原因在“原始解码结果”里',
    en: 'none of its records can be used; why not stands with each under "All that the codec says"',
  },

  // Messages on topics.
  topic: {
    zh: 'MQTT 主题不对：为空，或不是这类设备的主题；把主题照原样填进“MQTT 主题”',
    en: 'its MQTT topic is missing, or none of such a device; type it as it came into "MQTT topic"',
  },
  command: {
    zh: '这是发给设备的命令，不是设备发来的；换一条设备发来的消息',
    en: 'it is a command to the device, not what the device says; take a message of the device',
  },
  method: {
    zh: '这种方法的消息里没有状态；换一条 NotifyStatus、NotifyFullStatus 或 NotifyEvent 的消息',
    en: 'messages of its method carry no state; take one of NotifyStatus, NotifyFullStatus or NotifyEvent',
  },

  // What has to be known beside the bytes.
  profile: {
    zh: '只看字节不能读：还要知道数据类型和字节顺序；从下面各种读法里找出与设备显示一致的一种',
    en: 'its bytes alone do not tell: type and byte order have to be known; find the one below that gives what the device shows',
  },
  model: {
    zh: '不知道这个型号；选一个设备类型来读',
    en: 'its model is unknown; choose a device type to read it',
  },
  key: {
    zh: '报文已加密：在“密钥”里填32、48 或 64 位十六进制',
    en: 'it is encrypted: type its key into "Key", 32, 48 or 64 hex digits',
  },
  decrypt: {
    zh: '用这个密钥解不开；核对密钥与主机里的是否一致，主机按十六进制还是按字符理解',
    en: 'this key does not open it; compare it with that of the panel, and whether the panel means hex digits or characters',
  },
  hex: {
    zh: '不是成对的十六进制数字；看是否少了一位，或夹了别的字符',
    en: 'these are no pairs of hex digits; see whether one is missing, or other characters stand between them',
  },
  unknown_protocol: {
    zh: '没有这个协议；从列表里选一个',
    en: 'there is no such protocol; choose one of the list',
  },
  unreadable: {
    zh: '其中有帧不能解开；逐帧的原因在“原始解码结果”里',
    en: 'some of its frames cannot be read; why not stands with each under "All that the codec says"',
  },
} satisfies Record<string, Label>;

export type FrameFault = keyof typeof frameFaultWords;
