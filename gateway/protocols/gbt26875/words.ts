// What numbers of GB/T 26875.3-2011 mean: types of units (§8.1), bits of states and operations (§8.2.1), systems and parts.

interface Label {
  zh: string;
  en: string;
}

/** Types of units by number; those that this project reads whole are in `unit.ts`. */
export const unitTypes: ReadonlyMap<number, Label> = new Map([
  [1, { zh: '消防系统状态', en: 'State of a fire system' }],
  [2, { zh: '部件状态', en: 'State of a part' }],
  [3, { zh: '部件模拟量', en: 'Measured value of a part' }],
  [4, { zh: '控制器操作', en: 'Operation at the control unit' }],
  [5, { zh: '消防系统软件版本', en: 'Software version of a fire system' }],
  [6, { zh: '消防系统配置', en: 'Configuration of a fire system' }],
  [7, { zh: '部件配置', en: 'Configuration of a part' }],
  [8, { zh: '消防系统时间', en: 'Clock of a fire system' }],
  [21, { zh: '传输装置状态', en: 'State of the transmission device' }],
  [24, { zh: '传输装置操作', en: 'Operation at the transmission device' }],
  [25, { zh: '传输装置软件版本', en: 'Software version of the transmission device' }],
  [26, { zh: '传输装置配置', en: 'Configuration of the transmission device' }],
  [28, { zh: '传输装置时间', en: 'Clock of the transmission device' }],
  [61, { zh: '读消防系统状态', en: 'Read the state of a fire system' }],
  [62, { zh: '读部件状态', en: 'Read the state of a part' }],
  [63, { zh: '读部件模拟量', en: 'Read a measured value of a part' }],
  [64, { zh: '读控制器操作', en: 'Read operations at the control unit' }],
  [65, { zh: '读消防系统软件版本', en: 'Read the software version of a fire system' }],
  [66, { zh: '读消防系统配置', en: 'Read the configuration of a fire system' }],
  [67, { zh: '读部件配置', en: 'Read the configuration of a part' }],
  [68, { zh: '读消防系统时间', en: 'Read the clock of a fire system' }],
  [81, { zh: '读传输装置状态', en: 'Read the state of the transmission device' }],
  [84, { zh: '读传输装置操作', en: 'Read operations at the transmission device' }],
  [85, { zh: '读传输装置软件版本', en: 'Read the software version of the transmission device' }],
  [86, { zh: '读传输装置配置', en: 'Read the configuration of the transmission device' }],
  [88, { zh: '读传输装置时间', en: 'Read the clock of the transmission device' }],
  [89, { zh: '初始化传输装置', en: 'Initialise the transmission device' }],
  [90, { zh: '校准传输装置时钟', en: 'Set the clock of the transmission device' }],
  [91, { zh: '查岗', en: 'Check that somebody is at the post' }],
]);

const shared = [
  'normal',
  'fire',
  'fault',
  'shielded',
  'supervisory',
  'started',
  'feedback',
  'delayed',
] as const;
/** Names of the bits, lowest first. */
export const systemBits = [
  ...shared,
  'mainsFault',
  'backupFault',
  'busFault',
  'manual',
  'configured',
  'reset',
] as const;
export const partBits = [...shared, 'powerFault'] as const;
export const deviceBits = [
  'normal',
  'fire',
  'fault',
  'mainsFault',
  'backupFault',
  'channelFault',
  'lineFault',
] as const;
const operations = ['reset', 'silenced', 'manualAlarm', 'alarmCleared', 'selfTest'] as const;
export const systemOperations = [...operations, 'confirmed', 'test'] as const;
export const deviceOperations = [...operations, 'inspectionAnswered', 'test'] as const;

/** The names of the bits that are set; those beyond the names say nothing. */
export function bitsOf<Name extends string>(value: number, names: readonly Name[]): Name[] {
  return names.filter((_, bit) => ((value >> bit) & 1) === 1);
}

/** Kinds of fire systems (§8.2.1.1 table 4). */
export const systemTypes: ReadonlyMap<number, Label> = new Map([
  [0, { zh: '通用', en: 'General' }],
  [1, { zh: '火灾报警系统', en: 'Fire alarm system' }],
  [10, { zh: '消防联动控制器', en: 'Fire linkage controller' }],
  [11, { zh: '消火栓系统', en: 'Hydrant system' }],
  [12, { zh: '自动喷水灭火系统', en: 'Sprinkler system' }],
  [13, { zh: '气体灭火系统', en: 'Gas extinguishing system' }],
  [14, { zh: '水喷雾灭火系统（泵启动）', en: 'Water spray system, by pump' }],
  [15, { zh: '水喷雾灭火系统（压力容器启动）', en: 'Water spray system, by pressure vessel' }],
  [16, { zh: '泡沫灭火系统', en: 'Foam system' }],
  [17, { zh: '干粉灭火系统', en: 'Powder system' }],
  [18, { zh: '防烟排烟系统', en: 'Smoke control system' }],
  [19, { zh: '防火门及卷帘系统', en: 'Fire doors and shutters' }],
  [20, { zh: '消防电梯', en: 'Fire lift' }],
  [21, { zh: '消防应急广播', en: 'Emergency broadcast' }],
  [22, { zh: '消防应急照明和疏散指示', en: 'Emergency lighting and signs' }],
  [23, { zh: '消防电源', en: 'Fire power supply' }],
  [24, { zh: '消防电话', en: 'Fire telephone' }],
]);

/** Kinds of parts (§8.2.1.2 table 5). */
export const partTypes: ReadonlyMap<number, Label> = new Map([
  [0, { zh: '通用部件', en: 'Part' }],
  [1, { zh: '火灾报警控制器', en: 'Fire control unit' }],
  [10, { zh: '可燃气体探测器', en: 'Gas detector' }],
  [11, { zh: '点型可燃气体探测器', en: 'Point gas detector' }],
  [12, { zh: '独立式可燃气体探测器', en: 'Stand-alone gas detector' }],
  [13, { zh: '线型可燃气体探测器', en: 'Line gas detector' }],
  [16, { zh: '电气火灾监控报警器', en: 'Electrical fire monitor' }],
  [17, { zh: '剩余电流式电气火灾探测器', en: 'Residual current detector' }],
  [18, { zh: '测温式电气火灾探测器', en: 'Cable temperature detector' }],
  [21, { zh: '探测回路', en: 'Detection loop' }],
  [22, { zh: '火灾显示盘', en: 'Repeater panel' }],
  [23, { zh: '手动火灾报警按钮', en: 'Manual call point' }],
  [24, { zh: '消火栓按钮', en: 'Hydrant button' }],
  [25, { zh: '火灾探测器', en: 'Fire detector' }],
  [30, { zh: '感温火灾探测器', en: 'Heat detector' }],
  [31, { zh: '点型感温火灾探测器', en: 'Point heat detector' }],
  [32, { zh: '点型感温火灾探测器（S 型）', en: 'Point heat detector, type S' }],
  [33, { zh: '点型感温火灾探测器（R 型）', en: 'Point heat detector, type R' }],
  [34, { zh: '线型感温火灾探测器', en: 'Line heat detector' }],
  [35, { zh: '线型感温火灾探测器（S 型）', en: 'Line heat detector, type S' }],
  [36, { zh: '线型感温火灾探测器（R 型）', en: 'Line heat detector, type R' }],
  [37, { zh: '光纤感温火灾探测器', en: 'Fibre heat detector' }],
  [40, { zh: '感烟火灾探测器', en: 'Smoke detector' }],
  [41, { zh: '点型离子感烟火灾探测器', en: 'Ionisation smoke detector' }],
  [42, { zh: '点型光电感烟火灾探测器', en: 'Optical smoke detector' }],
  [43, { zh: '线型光束感烟火灾探测器', en: 'Beam smoke detector' }],
  [44, { zh: '吸气式感烟火灾探测器', en: 'Aspirating smoke detector' }],
  [50, { zh: '复合式火灾探测器', en: 'Multi-sensor detector' }],
  [51, { zh: '复合式感烟感温火灾探测器', en: 'Smoke and heat detector' }],
  [52, { zh: '复合式感光感温火灾探测器', en: 'Flame and heat detector' }],
  [53, { zh: '复合式感光感烟火灾探测器', en: 'Flame and smoke detector' }],
  [61, { zh: '紫外火焰探测器', en: 'Ultraviolet flame detector' }],
  [62, { zh: '红外火焰探测器', en: 'Infrared flame detector' }],
  [69, { zh: '感光火灾探测器', en: 'Flame detector' }],
  [74, { zh: '气体探测器', en: 'Gas sensor' }],
  [78, { zh: '图像型火灾探测器', en: 'Video fire detector' }],
  [79, { zh: '感声火灾探测器', en: 'Acoustic fire detector' }],
  [81, { zh: '气体灭火控制器', en: 'Gas extinguishing controller' }],
  [82, { zh: '消防电气控制装置', en: 'Fire switchgear' }],
  [83, { zh: '消防控制室图形显示装置', en: 'Control room display' }],
  [84, { zh: '模块', en: 'Module' }],
  [85, { zh: '输入模块', en: 'Input module' }],
  [86, { zh: '输出模块', en: 'Output module' }],
  [87, { zh: '输入/输出模块', en: 'Input and output module' }],
  [88, { zh: '中继模块', en: 'Repeater module' }],
  [91, { zh: '消防水泵', en: 'Fire pump' }],
  [92, { zh: '消防水箱', en: 'Fire water tank' }],
  [95, { zh: '喷淋泵', en: 'Sprinkler pump' }],
  [96, { zh: '水流指示器', en: 'Water flow switch' }],
  [97, { zh: '信号阀', en: 'Supervised valve' }],
  [98, { zh: '报警阀', en: 'Alarm valve' }],
  [99, { zh: '压力开关', en: 'Pressure switch' }],
  [101, { zh: '阀驱动装置', en: 'Valve actuator' }],
  [102, { zh: '防火门', en: 'Fire door' }],
  [103, { zh: '防火阀', en: 'Fire damper' }],
  [104, { zh: '通风空调', en: 'Ventilation' }],
  [105, { zh: '泡沫液泵', en: 'Foam pump' }],
  [106, { zh: '管网电磁阀', en: 'Solenoid valve' }],
  [111, { zh: '防烟排烟风机', en: 'Smoke fan' }],
  [113, { zh: '排烟防火阀', en: 'Smoke and fire damper' }],
  [114, { zh: '常闭送风口', en: 'Air supply vent' }],
  [115, { zh: '排烟口', en: 'Smoke vent' }],
  [116, { zh: '电控挡烟垂壁', en: 'Smoke curtain' }],
  [117, { zh: '防火卷帘控制器', en: 'Fire shutter controller' }],
  [118, { zh: '防火门监控器', en: 'Fire door monitor' }],
  [121, { zh: '警报装置', en: 'Sounder' }],
]);
