import { z } from 'zod';
import { exchangeFormatSchema } from './exchange.ts';
import { keySchema } from './names.ts';

/** The columns of a sheet of points, by their English heads; in the order in which they are written, with their Chinese heads. */
export const pointHeads = {
  action: '操作',
  point: '测点',
  'label.zh': '名称',
  'label.en': '英文名称',
  unit: '单位',
  function: '功能码',
  address: '地址',
  type: '数据类型',
  order: '字节序',
  bit: '位',
  byteOffset: '字节偏移',
  length: '寄存器数',
  any: '半字节值',
  times: '乘以',
  di: '数据标识',
  item: '项号',
  digits: '位数',
  decimals: '小数位',
  signed: '带符号',
  field: '字段',
  mask: '掩码',
  topic: '主题',
  json: '路径',
  metric: '指标',
  entity: '实体',
  classes: '实体类别',
  number: '文本转数',
  sum: '求和',
  map: '取值表',
  invert: '取反',
  scale: '倍率',
  offset: '偏移',
  bands: '分段',
  otherwise: '其余为',
  sentinels: '无效值',
  expression: '计算式',
} as const;
export type PointField = keyof typeof pointHeads;

/** The ways of a type that can be made from a sheet alone; what a type with another way needs besides, a copy of one has. */
export const sheetLinks = ['modbus', 'dlt645', 'mqtt'] as const;

/** A type that is yet to be made from a sheet. */
export const newTypeSchema = z.object({
  kind: keySchema,
  link: z.enum(sheetLinks),
  zh: z.string().trim().min(1).max(100).describe('Its name in Chinese'),
  en: z.string().trim().min(1).max(100).describe('Its name in English'),
});
export type NewType = z.infer<typeof newTypeSchema>;

export const sheetQuerySchema = z.object({
  format: exchangeFormatSchema.default('xlsx'),
  language: z.enum(['zh', 'en']).default('zh').describe('Of the heads'),
});
