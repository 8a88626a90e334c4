import { type DataType, dataTypeSchema, type WordOrder } from '../contract/device-type.ts';
import type { PointSaid } from './point-cells.ts';
import * as told from './point-words.ts';

// How makers call functions, data types and orders.

const functions: readonly (readonly [number, RegExp])[] = [
  [1, /^((0x)?0?1h?|fc0?1|coils?|co|do|线圈|开关量输出|0x)$/],
  [2, /^((0x)?0?2h?|fc0?2|discrete(inputs?)?|inputstatus|di|离散(量)?(输入)?|开关量输入|1x)$/],
  [3, /^((0x)?0?3h?|fc0?3|holding(reg(ister)?s?\.?)?|hr|保持(型)?(寄存器)?|4x)$/],
  [4, /^((0x)?0?4h?|fc0?4|input(reg(ister)?s?\.?)?|ir|输入(型)?(寄存器)?|3x)$/],
];

export function functionIn(text: string): PointSaid {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '');
  const found = functions.find(([, form]) => form.test(plain));
  return found ? { value: found[0] } : { problem: told.notAFunction(text) };
}

const typeWords: readonly (readonly [DataType, RegExp])[] = [
  ['uint8', /^(u8|unsigned8|byte|无符号8位)$/],
  ['int8', /^(s8|i8|sint8|signed8|有符号8位)$/],
  ['uint16', /^(u16|ushort|word|unsigned(int)?(16)?|uint|无符号(16位|整型|整数)?)$/],
  ['int16', /^(s16|i16|sint16|short|int|integer|signed(int)?(16)?|有符号(16位|整型|整数)?|整型)$/],
  ['uint32', /^(u32|ulong|dword|unsigned(int)?32|无符号(32位|长整型))$/],
  ['int32', /^(s32|i32|sint32|long|dint|signed(int)?32|有符号(32位|长整型)|长整型)$/],
  ['uint64', /^(u64|unsigned(int)?64|无符号64位)$/],
  ['int64', /^(s64|i64|sint64|signed(int)?64|有符号64位)$/],
  ['float32', /^(float|f32|real|single|ieee754|float\(?32\)?|浮点(数|型)?|单精度(浮点数?)?)$/],
  ['float64', /^(double|f64|lreal|双精度(浮点数?)?)$/],
  ['bcd16', /^(bcd)$/],
  ['bool', /^(bit|boolean|开关量|布尔(型)?|位)$/],
  ['ascii', /^(string|char|text|字符(串)?)$/],
];

export function typeIn(text: string): PointSaid {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '');
  const known = dataTypeSchema.options;
  const found = known.find((type) => type === plain) ?? typeWords.find(([, form]) => form.test(plain))?.[0];
  return found ? { value: found } : { problem: told.unknownWord(text, known) };
}

const orders: readonly (readonly [WordOrder, RegExp])[] = [
  ['ABCD', /^(ABCD(EFGH)?|AB|1234|3210|BIG(ENDIAN)?|大端|高字在前|高位在前)$/],
  ['CDAB', /^(CDAB|GHEFCDAB|3412|1032|WORDSWAP(PED)?|低字在前)$/],
  ['BADC', /^(BADC(FEHG)?|BA|2143|2301|BYTESWAP(PED)?)$/],
  ['DCBA', /^((HGFE)?DCBA|4321|0123|LITTLE(ENDIAN)?|小端|低位在前)$/],
];

export function orderIn(text: string): PointSaid {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s_,-]+/g, '');
  const found = orders.find(([, form]) => form.test(plain));
  return found
    ? { value: found[0] }
    : {
        problem: told.unknownWord(
          text,
          orders.map(([order]) => order),
        ),
      };
}
