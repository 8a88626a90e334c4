import type { Label } from './names.ts';

/** Who is nobody of the site: what to do about it, in the words of either language. A part of `misread.ts`. */
export const strayWords = {
  'stray-topic': {
    zh: '链路 {link} 上没有设备接收主题 {topic}；添加一个类型能读它的设备，或让对方停发',
    en: 'no device takes the topic {topic} on link {link}; add a device whose type reads it, or stop sending it there',
  },
  'stray-topic-typed': {
    zh: '链路 {link} 上没有设备接收主题 {topic}；如属本站，添加链路 {link}、地址 {address} 的设备（能读它的类型：{types}）',
    en: 'no device takes the topic {topic} on link {link}; if it is a device of this site, add it with link: {link} and address: {address} (types that would read it: {types})',
  },
  'stray-native-device': {
    zh: '链路 {link} 上没有设备接收主题 {topic}：没有 id 为“{device}”的设备；添加它，链路填 {link}，或改正主题里的 id',
    en: 'no device takes the topic {topic} on link {link}: there is no device "{device}"; add it to the site with link: {link}, or correct the id',
  },
  'stray-native-tail': {
    zh: '链路 {link} 上没有设备接收主题 {topic}：设备的主题是 readings、events、status、commands/ack，没有 {tail}；改正发送方的主题',
    en: 'no device takes the topic {topic} on link {link}: a device has readings, events, status and commands/ack, not {tail}',
  },
  'stray-native-link': {
    zh: '链路 {link} 上没有设备接收主题 {topic}：设备“{device}”不在这条链路上；把它的链路改为 {link}',
    en: 'no device takes the topic {topic} on link {link}: the device "{device}" is not on this link; set its link: {link}',
  },
  'stray-name': {
    zh: '链路 {link} 的主题 {topic} 说到 {name}，没有设备接收；如属本站，添加链路 {link}、地址 {address} 的设备',
    en: 'no device takes what {topic} on link {link} says of {name}; if it is a device of this site, add it with link: {link} and address: {address}',
  },
  'stray-name-typed': {
    zh: '链路 {link} 的主题 {topic} 说到 {name}，没有设备接收；如属本站，添加链路 {link}、地址 {address} 的设备（能读它的类型：{types}）',
    en: 'no device takes what {topic} on link {link} says of {name}; if it is a device of this site, add it with link: {link} and address: {address} (types that would read it: {types})',
  },

  // What announces itself for Home Assistant.
  'stray-component': {
    zh: '链路 {link} 自述了 {component}（{address}），这一种不读取；Home Assistant 的自述中能读取的有 {read}',
    en: 'link {link} announces a {component}, {address}: of what Home Assistant discovers {read} are read',
  },
  'stray-unreadable': {
    zh: '链路 {link} 自述的 {address} 不能读取（{words}）',
    en: '{address}, announced on link {link}, cannot be read: {words}',
  },
  'stray-announced-typed': {
    zh: '链路 {link} 自述的 {address}{named} 没有设备接收（{component}{what}）；如属本站，添加链路 {link}、地址 {address}、类型 {types} 的设备',
    en: 'no device takes {address}{named}, announced on link {link}: a {component}{what}; if it is a device of this site, add it with link: {link}, address: {address} and type: {types}',
  },
  'stray-announced-classless': {
    zh: '链路 {link} 自述的 {address}{named} 没有设备接收（{component}，没有说明类别）；如属本站，按它所说的内容选一个 home-assistant-… 类型，添加链路 {link}、地址 {address} 的设备',
    en: 'no device takes {address}{named}, announced on link {link}: a {component} without a class; if it is a device of this site, add it with link: {link}, address: {address} and the type home-assistant-… of what it tells',
  },
  'stray-announced-untyped': {
    zh: '链路 {link} 自述的 {address}{named} 没有设备接收（{component}{what}），也没有适合它的类型；如属本站，复制一个 home-assistant-… 类型再改',
    en: 'no device takes {address}{named}, announced on link {link}: a {component}{what}; no type is for that: copy a home-assistant-… type, if it is a device of this site',
  },

  'stray-unit': {
    zh: '{from} 拨入的终端自称“{said}”，没有链路在等它；如属本站，添加一条 dtu 链路，注册包填 {registration}',
    en: 'a unit that dialled in from {from} says "{said}", which no link has; if it is one of this site, add a link with kind: dtu and registration: {registration}',
  },
  'stray-controller': {
    zh: '链路 {link}：控制器 {serial}（{from}）向这里上报，但不是本站设备；添加类型 uhppote-controller、地址 {serial} 的设备，或让它改报别处',
    en: 'link {link}: controller {serial} at {from} reports here and is no device of the site; add one of type uhppote-controller with address: {serial}, or have it report elsewhere',
  },
  'stray-account': {
    zh: '账号 {account} 经 {device} 上报，没有设备用这个账号；如属本站，添加上级设备 {device}、地址 "{account}" 的设备，否则在主机里改正账号',
    en: 'account {account} reports by {device} and no device has it; if it is one of this site, add it with parent: {device} and address: "{account}"',
  },

  // Clients that the broker does not let in.
  'sign-in-password': {
    zh: '{from} 的客户端（客户端 id {client}）以 {user} 登录 MQTT，密码不对；把该设备的密钥填进去，或重新生成一个',
    en: 'a client with the id {client} at {from} signs in to the broker as {user} with a wrong password; type the secret of that device into it, or issue a new one',
  },
  'sign-in-nameless': {
    zh: '{from} 的客户端（客户端 id {client}）连接 MQTT，没有用户名和密码；把设备或网桥的 id 和密钥填进去',
    en: 'a client with the id {client} at {from} connects to the broker without name and password; give it the id and the secret of a device or a bridge',
  },
  'sign-in-unknown': {
    zh: '{from} 的客户端（客户端 id {client}）以 {user} 登录 MQTT，而它不是设备、网桥或令牌；如属本站，添加此 id 的设备，把密钥填进去，否则改正它的用户名',
    en: 'a client with the id {client} at {from} signs in to the broker as {user}, which is no device, bridge or token; if it is a device of this site, add it with this id and give it the secret',
  },
} satisfies Record<string, Label>;
