import type { LinkTrouble } from '../contract/link-trouble.ts';

interface Words {
  zh: string;
  en: string;
}

const words: {
  [Code in Exclude<LinkTrouble['code'], 'other'>]: (facts: Extract<LinkTrouble, { code: Code }>) => Words;
} = {
  refused: () => ({ zh: '对端拒绝连接', en: 'nothing listens at its address' }),
  unreachable: () => ({ zh: '网络不可达', en: 'no way leads to its address' }),
  timeout: () => ({ zh: '连接超时', en: 'it does not answer' }),
  'name-unknown': ({ name }) => ({ zh: `找不到主机 ${name}`, en: `no machine has the name ${name}` }),
  'no-device': ({ path }) => ({ zh: `没有串口 ${path}`, en: `there is no port ${path}` }),
  unplugged: ({ path }) => ({ zh: `串口 ${path} 被拔出`, en: `the port ${path} was unplugged` }),
  'no-permission': ({ path }) => ({ zh: `无权打开 ${path}`, en: `the gateway may not open ${path}` }),
  'in-use': ({ path }) => ({ zh: `${path} 被其他程序占用`, en: `another program has ${path}` }),
  'not-dialled-in': () => ({ zh: '终端没有拨入', en: 'the unit has not dialled in' }),
  'two-units': () => ({ zh: '两台终端用了同一注册包', en: 'two units dial in with this registration' }),
  silent: ({ s }) => ({ zh: `${s} 秒没有收到任何字节`, en: `no byte for ${s} s` }),
  'answers-nothing': () => ({ zh: '已连接，但没有应答', en: 'it is connected but answers nothing' }),
  'wrong-protocol': () => ({ zh: '收到的不是该协议', en: 'what comes is another protocol' }),
  'closed-by-peer': () => ({ zh: '对端关闭了连接', en: 'the far end closed the connection' }),
  'sign-in-refused': () => ({ zh: '用户名或密码被拒绝', en: 'the broker refuses the name or password' }),
  'put-out': ({ clientId }) => ({
    zh: `代理断开了连接，可能另有客户端使用 ${clientId}`,
    en: `the broker ended the connection; another client may use ${clientId}`,
  }),
  'subscription-refused': ({ topic }) => ({
    zh: `代理不允许订阅 ${topic}`,
    en: `the broker does not allow to subscribe to ${topic}`,
  }),
  certificate: () => ({ zh: '证书不受信任', en: 'its certificate is not believed' }),
  'not-set': ({ name }) => ({ zh: `环境变量 ${name} 未设置`, en: `${name} is not set in the environment` }),
  'broker-off': () => ({ zh: '内置 MQTT 已关闭', en: 'the embedded broker is switched off' }),
  'dial-in-off': () => ({
    zh: '网关没有开启拨入端口',
    en: 'the gateway has no port for units to dial in to',
  }),
  'bridge-absent': () => ({ zh: '网桥没有连接', en: 'the bridge has not connected' }),
  'bridge-left': () => ({ zh: '网桥已断开', en: 'the bridge has disconnected' }),
  'bridge-lost': () => ({ zh: '网桥失联', en: 'the bridge is lost' }),
};

/**
 * Why a link is down, for the detail of its alarm.
 * @param error what the system said: it stands beside a trouble of which nothing else is known
 */
export function troubleWords(trouble: LinkTrouble, error: string): Words {
  if (trouble.code === 'other') return { zh: error, en: error };
  // The table has a line of each code for its own facts, which TypeScript does not follow through the look-up.
  return (words[trouble.code] as (facts: LinkTrouble) => Words)(trouble);
}
