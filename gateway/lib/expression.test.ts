import { describe, expect, test } from 'vitest';
import { compileExpression, type Expression, type ExpressionType } from './expression.ts';

const points = new Map<string, ExpressionType>([
  ['level', 'number'],
  ['running', 'bool'],
  ['mode', 'text'],
]);

function compiled(source: string): Expression {
  const result = compileExpression(source, points);
  if (!result.ok) throw new Error(result.message);
  return result.expression;
}

describe('a CEL expression over points', () => {
  test.each([
    ['level * 2 > 3', true],
    ['2 * level', 3.5],
    ['level + 1 - 1', 1.75],
    ['level / 2', 0.875],
    ['7 % level', 0],
    ['level % 1', 0.75],
    ['level == 1.75', true],
    ['3 / 2', 1],
    ['running && mode == "auto"', true],
    ['running ? level : 0.0', 1.75],
    ['mode', 'auto'],
  ])('%s gives %s', (source, expected) => {
    expect(compiled(source).run({ level: 1.75, running: true, mode: 'auto' })).toBe(expected);
  });

  test('names the points that it reads, each once, and nothing else', () => {
    expect(compiled('level > 1 && (running || level < 0)').names).toEqual(['level', 'running']);
    expect(compiled('1 + 1').names).toEqual([]);
  });

  test.each([
    ['levle > 1', 0, 'levle'],
    ['level > ', 8, 'EOF'],
    ['level > "a"', 0, 'overload'],
    ['[level]', 0, 'list'],
  ])('%s is refused with the place of its fault', (source, at, word) => {
    const result = compileExpression(source, points);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining(word) });
    expect(!result.ok && Math.abs(result.at - at)).toBeLessThanOrEqual(1);
  });

  test('a division of two whole numbers is warned of, one with a point is not', () => {
    expect(compiled('level > 3 / 2').warning).toContain('whole');
    expect(compiled('level / 2 > 1').warning).toBeNull();
  });

  test('a name of the object prototype is no variable', () => {
    expect(compileExpression('constructor', points).ok).toBe(false);
    expect(compileExpression('__proto__', points).ok).toBe(false);
  });
});
