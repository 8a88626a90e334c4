import { expect, test } from 'vitest';
import { areaSchema } from '../../../gateway/contract/site.ts';
import { areaBody, areaKinds, proposedKind, proposedParent } from './new-area.ts';

const areas = [
  { id: 'compound', name: '小区', kind: 'site' },
  { id: 'b1', name: '1 号楼', parent: 'compound', kind: 'building' },
  { id: 'b1-2f', name: '2 层', parent: 'b1', kind: 'floor' },
  { id: 'b2', name: '2 号楼', parent: 'compound', kind: 'building' },
].map((area) => areaSchema.parse(area));

test.each([
  ['3 号楼', 'building'],
  ['Building 3', 'building'],
  ['3楼', 'floor'],
  ['2 号楼 3 层', 'floor'],
  ['地下一层', 'floor'],
  ['B1F', 'floor'],
  ['地下车库', 'garage'],
  ['2 号楼水泵房', 'plant-room'],
  ['东围墙', 'perimeter'],
  ['南大门', 'gate'],
  ['物业中心', 'office'],
  ['花园', 'outdoor'],
] as const)('%s is proposed as %s', (name, kind) => {
  expect(proposedKind(name, areas)).toBe(kind);
});

test('the first area of a site is the site, where its name tells nothing else', () => {
  expect(proposedKind('锦绣花园', [])).toBe('site');
  expect(areaBody({ name: '锦绣花园', kind: null, parent: null }, [], null)).toEqual({
    ...{ id: 'site-1', name: '锦绣花园', kind: 'site' },
  });
});

test('a floor lies in the building of what is being worked on, everything else in the site', () => {
  expect(proposedParent('floor', areas, 'b1-2f')).toBe('b1');
  expect(proposedParent('floor', areas, null)).toBe('compound');
  expect(proposedParent('plant-room', areas, 'b2')).toBe('b2');
  expect(proposedParent('building', areas, 'b1-2f')).toBe('compound');
  expect(proposedParent('site', areas, 'b1')).toBeNull();
  expect(proposedParent('gate', [], null)).toBeNull();
});

test('what was chosen stands, and the key is free and of the name where it has Latin letters', () => {
  const made = areaBody({ name: 'Pump room', kind: 'office', parent: '' }, areas, 'b1');
  expect(made).toEqual({ id: 'pump-room', name: 'Pump room', kind: 'office' });
  expect(areaBody({ name: '3 层', kind: null, parent: null }, areas, 'b1')).toEqual({
    ...{ id: 'floor-1', name: '3 层', kind: 'floor', parent: 'b1' },
  });
  expect(areaBody({ name: 'B1', kind: null, parent: null }, areas, null).id).toBe('b1-1');
  expect([...areaKinds].sort()).toEqual(areaSchema.shape.kind.unwrap().options.toSorted());
});
