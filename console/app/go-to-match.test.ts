import { expect, test } from 'vitest';
import { type Destination, matchDestinations } from './go-to-match.ts';

const to = (name: string, also = '', kind = '设备'): Destination => ({ to: `/${name}`, kind, name, also });
const pump = to('消防泵 1', 'fire-pump-1');
const tank = to('消防水箱', 'fire-tank');
const home = to('户内报警 2-1203', 'home-2-1203 2-1203');
const all = [tank, pump, home];

test('every word must be found, in name, key or kind', () => {
  expect(matchDestinations(all, 'fire 泵')).toEqual([pump]);
  expect(matchDestinations(all, '2-1203')).toEqual([home]);
  expect(matchDestinations(all, '设备 水箱')).toEqual([tank]);
  expect(matchDestinations(all, 'nothing')).toEqual([]);
});

test('names that begin with the text come first', () => {
  expect(matchDestinations([to('屋顶水箱'), to('水箱间')], '水箱').map((each) => each.name)).toEqual([
    '水箱间',
    '屋顶水箱',
  ]);
});

test('no text lists the first twelve', () => {
  const many = Array.from({ length: 30 }, (_, n) => to(`d${n}`));
  expect(matchDestinations(many, ' ')).toEqual(many.slice(0, 12));
});
