import { type ASTNode, Environment } from '@marcbachmann/cel-js';

/** What a name in an expression stands for; an enum point is a text. */
export type ExpressionType = 'number' | 'bool' | 'text';
export type ExpressionValue = number | boolean | string;

/**
 * A compiled CEL expression. `names` are the points it reads: the caller looks them up first and does not run it when one of
 * them is absent or bad, so that an unknown value stays unknown, whatever `||` would say.
 */
export interface Expression {
  readonly source: string;
  readonly names: readonly string[];
  readonly type: ExpressionType;
  /** What an author probably did not mean; null when there is nothing to say. */
  readonly warning: string | null;
  /** Numbers may come out as NaN or ± Infinity (a division by zero): the caller decides. Throws on a wrong input type. */
  run(values: Readonly<Record<string, ExpressionValue>>): ExpressionValue;
}

export type Compilation =
  | { ok: true; expression: Expression }
  /** `at` is the offset of the fault in the source, in characters. */
  | { ok: false; message: string; at: number };

const celTypes: Record<ExpressionType, string> = { number: 'double', bool: 'bool', text: 'string' };

/** Engineers write `level * 2 > 3`: whole numbers beside doubles are doubles. == and < between them come with the library. */
function ground(): Environment {
  const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50 } });
  const operators: [string, (a: number, b: number) => number][] = [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
    ['%', (a, b) => a % b],
  ];
  for (const [sign, apply] of operators) {
    environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)));
    environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  environment.registerOperator('double % double', (a: number, b: number) => a % b);
  return environment;
}

const base = ground();

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function visit(node: unknown, look: (node: ASTNode) => void): void {
  if (Array.isArray(node)) {
    for (const part of node) visit(part, look);
    return;
  }
  if (!isNode(node)) return;
  look(node);
  visit(node.args, look);
}

function isWhole(node: unknown): boolean {
  return isNode(node) && node.op === 'value' && typeof node.args === 'bigint';
}

function startOf(thrown: unknown): number {
  const { range, node } = thrown as { range?: { start?: number }; node?: { start?: number } };
  return range?.start ?? node?.start ?? 0;
}

function firstLine(thrown: unknown): string {
  const { summary, message } = thrown as { summary?: string; message?: string };
  return (summary ?? message ?? String(thrown)).split('\n')[0] ?? '';
}

/** Compiles an expression over the named variables and checks its types; never throws. */
export function compileExpression(
  source: string,
  variables: ReadonlyMap<string, ExpressionType>,
): Compilation {
  try {
    const environment = base.clone();
    for (const [name, type] of variables) environment.registerVariable(name, celTypes[type]);
    const parsed = environment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return { ok: false, message: firstLine(checked.error), at: startOf(checked.error) };
    const type = ({ double: 'number', int: 'number', bool: 'bool', string: 'text' } as const)[
      String(checked.type)
    ];
    if (!type)
      return { ok: false, message: `it gives ${checked.type}, not a number, true/false or a text`, at: 0 };
    const names = new Set<string>();
    let warning: string | null = null;
    visit(parsed.ast, (node) => {
      if (node.op === 'id' && variables.has(node.args)) names.add(node.args);
      if (node.op === '/' && isWhole(node.args[0]) && isWhole(node.args[1]))
        warning = 'a division of two whole numbers drops the remainder: write 3.0 / 2 for 1.5';
    });
    return {
      ok: true,
      expression: {
        source,
        names: [...names],
        type,
        warning,
        run(values) {
          const value: unknown = parsed(values);
          return typeof value === 'bigint' ? Number(value) : (value as ExpressionValue);
        },
      },
    };
  } catch (error) {
    return { ok: false, message: firstLine(error), at: startOf(error) };
  }
}
