import type { Category, Label, Priority } from '../contract/names.ts';

/** A name for scripts: a console says it in the language of its user. */
export const gatewayName = 'Gatehouse';

export interface SystemDefinition {
  title: Label;
  priority: Priority;
  category?: Category;
  /** Something that happened, with no end to wait for: raised as returned, closed by acknowledge. */
  momentary?: true;
  popup?: true;
  guidance: { zh: string[]; en: string[] };
}

/** What can go wrong with the gateway itself, in the same words and states as the field's alarms. */
export const systemDefinitions = {
  'storage-failing': {
    title: {
      zh: '数据库无法写入，报警仅显示未记录',
      en: 'The database cannot be written; alarms are shown but not recorded',
    },
    priority: 1,
    popup: true,
    guidance: {
      zh: ['检查服务器磁盘空间与读写状态', '恢复前请在纸质记录本上登记报警', '恢复后系统自动补记，无需重启'],
      en: [
        'Check free space and health of the disk of the gateway',
        'Write alarms down by hand until it recovers',
        'It recovers by itself; a restart is not needed',
      ],
    },
  },
  'storage-restored': {
    title: {
      zh: '数据库损坏，已从备份恢复，有数据缺口',
      en: 'The database was damaged and restored from a backup; there is a gap',
    },
    priority: 1,
    momentary: true,
    popup: true,
    guidance: {
      zh: ['核对缺口时段内的报警、工单与巡更', '保留被移开的损坏文件，通知维护人员'],
      en: [
        'Check alarms, tickets and rounds of the gap by hand',
        'Keep the damaged file that was moved aside and tell the maintainer',
      ],
    },
  },
  'history-failing': {
    title: { zh: '历史数据无法写入', en: 'History cannot be written' },
    priority: 2,
    guidance: {
      zh: ['检查磁盘或时序数据库连接'],
      en: ['Check the disk, or the connection to the time-series database'],
    },
  },
  'history-lost': {
    title: { zh: '部分历史数据已丢失', en: 'Some history was lost' },
    priority: 2,
    momentary: true,
    guidance: {
      zh: ['尽快恢复时序数据库，或加大 influx.spoolMegabytes', '丢失的时段见报警说明'],
      en: [
        'Bring the time-series database back, or raise influx.spoolMegabytes',
        'The text says which readings are gone',
      ],
    },
  },
  'disk-low': {
    title: {
      zh: '磁盘空间不足，正在清理最旧的已关闭记录',
      en: 'Disk space is low; the oldest closed records are being removed',
    },
    priority: 2,
    guidance: { zh: ['扩充磁盘，或缩短保存期限'], en: ['Add disk space, or shorten the retention'] },
  },
  'backup-failing': {
    title: { zh: '自动备份失败', en: 'The automatic backup fails' },
    priority: 2,
    guidance: {
      zh: ['检查备份目录的空间与权限'],
      en: ['Check space and permissions of the backup directory'],
    },
  },
  unseen: {
    title: { zh: '有报警 5 秒内未在任何控制台显示', en: 'An alarm was not shown on any console within 5 s' },
    priority: 1,
    popup: true,
    guidance: {
      zh: ['确认值班控制台已打开、已登录且网络正常', '立即查看报警列表中未应答的报警'],
      en: [
        'See that a console is open, signed in and connected',
        'Look at the unanswered alarms of the list at once',
      ],
    },
  },
  chatter: {
    title: { zh: '信号抖动，已合并为一条报警', en: 'A signal is chattering; it is held as one alarm' },
    priority: 3,
    guidance: {
      zh: ['现场检查触点、接线与供电', '必要时搁置该报警并开工单'],
      en: ['Check contact, wiring and supply on site', 'Shelve the alarm and open a ticket when needed'],
    },
  },
  'rule-broken': {
    title: { zh: '报警规则无法执行', en: 'An alarm rule cannot be judged' },
    priority: 2,
    guidance: {
      zh: ['按说明修改设备设置或设备类型', '修改后规则自动生效'],
      en: ['Correct the setting or the device type as the text says', 'It takes effect by itself'],
    },
  },
  'dead-letter': {
    title: { zh: '收到无法处理的报文', en: 'A message could not be handled' },
    priority: 3,
    momentary: true,
    guidance: {
      zh: ['请集成人员查看死信（GET /api/v1/dead-letters）中的原始字节与原因'],
      en: ['Have the integrator look at its bytes and the reason (GET /api/v1/dead-letters)'],
    },
  },
  unclassified: {
    title: { zh: '未能归类的报警事件', en: 'An alarm event that could not be classified' },
    priority: 1,
    momentary: true,
    popup: true,
    guidance: {
      zh: ['按紧急情况处理：联系现场核实', '原始报文保存在死信中'],
      en: ['Treat it as urgent: have the place checked', 'The message is kept among the dead letters'],
    },
  },
  'limit-hit': {
    title: { zh: '接入量超出限制', en: 'A limit of incoming traffic was reached' },
    priority: 3,
    momentary: true,
    guidance: { zh: ['检查来源设备是否异常'], en: ['See whether the device that sends it is in order'] },
  },
  'input-dropped': {
    title: {
      zh: '输入队列已满，部分采样值被丢弃',
      en: 'The input queue is full; some readings were dropped',
    },
    priority: 2,
    guidance: {
      zh: ['检查磁盘与异常设备；报警事件不会丢弃'],
      en: ['Check the disk and noisy devices; events are never dropped'],
    },
  },
  'bus-cycle': {
    title: { zh: '总线轮询周期过长', en: 'The polling cycle of a bus is too long' },
    priority: 3,
    guidance: {
      zh: ['减少该总线上的设备，或提高波特率、缩短超时'],
      en: ['Put fewer devices on the bus, raise its speed or shorten its time-out'],
    },
  },
  'link-down': {
    title: { zh: '通信链路中断', en: 'A communication link is down' },
    priority: 2,
    guidance: { zh: ['检查网络、串口服务器与供电'], en: ['Check network, serial server and supply'] },
  },
  'session-lost': {
    title: {
      zh: '外部消息服务器未保留会话，中断期间的消息可能丢失',
      en: 'The outside broker kept no session; what came meanwhile may be lost',
    },
    priority: 2,
    momentary: true,
    guidance: {
      zh: [
        '核对中断期间该链路上的设备与事件',
        '检查消息服务器是否开启持久化（Mosquitto：persistence true、max_queued_messages 0）',
      ],
      en: [
        'Check the devices and events of this link for the time of the interruption',
        'See that the broker persists its sessions (Mosquitto: persistence true, max_queued_messages 0)',
      ],
    },
  },
  'clock-step': {
    title: { zh: '系统时钟发生跳变', en: 'The wall clock was stepped' },
    priority: 3,
    momentary: true,
    guidance: { zh: ['检查时间同步（NTP）'], en: ['Check time synchronisation (NTP)'] },
  },
  'clock-drift': {
    title: { zh: '设备时钟偏差过大', en: 'The clock of a device is off' },
    priority: 4,
    guidance: { zh: ['校准设备时钟'], en: ['Set the clock of the device'] },
  },
  'console-mute': {
    title: { zh: '控制台无法发声', en: 'A console cannot be heard' },
    priority: 2,
    guidance: {
      zh: ['在控制台上点击启用声音，检查音量'],
      en: ['Enable sound on the console and check its volume'],
    },
  },
  'notify-failing': {
    title: { zh: '通知发送失败', en: 'Notifications cannot be sent' },
    priority: 2,
    guidance: { zh: ['检查邮件、短信或回调通道'], en: ['Check the mail, SMS or webhook channel'] },
  },
  'checkpoint-missed': {
    title: { zh: '巡更点漏检', en: 'Patrol checkpoint missed' },
    category: 'patrol',
    priority: 3,
    guidance: {
      zh: ['呼叫巡逻岗，确认人员安全与位置', '查看该点摄像机画面', '安排补巡；补巡后报警自动恢复'],
      en: [
        'Call the guard: is everything well, where is the guard',
        'Look at the camera of this checkpoint',
        'Have it walked now; the alarm returns by itself when it was',
      ],
    },
  },
  'command-unknown': {
    title: { zh: '重启前的指令结果不明', en: 'The outcome of a command before the restart is unknown' },
    priority: 2,
    momentary: true,
    guidance: {
      zh: ['现场确认设备状态，必要时重新下发'],
      en: ['See how the device stands, and send the command again if needed'],
    },
  },
  'audit-broken': {
    title: { zh: '审计记录校验失败', en: 'The audit trail does not verify' },
    priority: 1,
    momentary: true,
    guidance: { zh: ['保护现场数据，通知管理员'], en: ['Keep the data as it is and tell the administrator'] },
  },
} as const satisfies Record<string, SystemDefinition>;

export type SystemName = keyof typeof systemDefinitions;

export function systemDefinition(name: SystemName): SystemDefinition {
  return systemDefinitions[name];
}
