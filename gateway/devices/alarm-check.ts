import type { AlarmDefinition } from '../contract/alarm.ts';
import type { Kind, PointDefinition, SettingDefinition } from '../contract/kind.ts';
import { compileExpression } from '../lib/expression.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { expressionTypes, own, type ReportAt, unfit, unknownName } from './definition-words.ts';

/** The names that a rule may use. */
interface Vocabulary {
  points: Readonly<Record<string, PointDefinition>>;
  events: Kind['events'];
  commands: Kind['commands'];
  settings: Readonly<Record<string, SettingDefinition>>;
}

/** Whether an alarm's rule can ever hold: its names exist, its limit can be passed, its condition compiles. */
export function checkAlarm(
  definition: AlarmDefinition,
  words: Vocabulary,
  report: ReportAt,
  path: YamlPath,
): void {
  const { on } = definition;
  const at = [...path, 'on'];
  const pointOf = (name: string): PointDefinition | undefined => {
    const point = own(words.points, name);
    if (!point) report([...at, 'point'], unknownName('point', name, Object.keys(words.points)));
    return point;
  };
  const { interlock } = definition;
  if (interlock !== undefined) {
    const command = own(words.commands, interlock);
    if (!command)
      report([...path, 'interlock'], unknownName('command', interlock, Object.keys(words.commands)));
    else if (command.confirm && 'argument' in command.confirm)
      report(
        [...path, 'interlock'],
        `"${interlock}" takes a value, and an interlock gives none: name a command that always does the same`,
      );
    else if (!command.confirm)
      report(
        [...path, 'interlock'],
        `"${interlock}" has no confirm: nothing would show that it was done or undone`,
      );
  }
  if (
    definition.covers &&
    (on.rule === 'finding' || (on.rule === 'event' && (on.instance !== undefined || on.apart !== undefined)))
  )
    report(
      [...path, 'covers'],
      'an alarm that stands several times at a device covers nothing behind it: take "covers" out, or "instance" and "apart"',
    );
  if (on.rule === 'above' || on.rule === 'below' || on.rule === 'is') {
    for (const word of ['or', 'while', 'unless'] as const) {
      const named = on[word];
      if (!named) continue;
      const point = own(words.points, named.point);
      const wanted = point ? unfit(point, named.value) : null;
      if (!point)
        report([...at, word, 'point'], unknownName('point', named.point, Object.keys(words.points)));
      else if (wanted)
        report([...at, word, 'value'], `"${named.point}" never has this value: it must be ${wanted}`);
    }
  }
  const checkEvent = (field: 'event' | 'clearedBy', name: string) => {
    if (!own(words.events, name))
      report([...at, field], unknownName('event', name, Object.keys(words.events)));
  };
  switch (on.rule) {
    case 'above':
    case 'below': {
      const point = pointOf(on.point);
      if (point && point.type !== 'number')
        report([...at, 'point'], `"${on.point}" is not a number: use rule "is" for it`);
      if (typeof on.limit === 'number') {
        const { min = -Infinity, max = Infinity } = point ?? {};
        if (on.limit < min || on.limit > max)
          report(
            [...at, 'limit'],
            `the limit ${on.limit} can never be passed: "${on.point}" lies within ${min} … ${max}`,
          );
        return;
      }
      const name = on.limit.slice(1);
      const setting = own(words.settings, name);
      if (!setting) report([...at, 'limit'], unknownName('setting', name, Object.keys(words.settings)));
      else if (setting.type !== 'number' || setting.default === undefined)
        report([...at, 'limit'], `the setting "${name}" must be a number with a default to serve as a limit`);
      return;
    }
    case 'is': {
      const point = pointOf(on.point);
      const wanted = point ? unfit(point, on.value) : null;
      if (wanted) report([...at, 'value'], `"${on.point}" never has this value: it must be ${wanted}`);
      return;
    }
    case 'when': {
      const result = compileExpression(on.when, expressionTypes(words.points));
      if (!result.ok)
        report(
          [...at, 'when'],
          `the condition does not compile: ${result.message} (character ${result.at + 1})`,
        );
      else if (result.expression.type !== 'bool')
        report([...at, 'when'], `the condition gives a ${result.expression.type}: compare it with something`);
      else if (result.expression.names.length === 0)
        report([...at, 'when'], 'the condition reads no point, so it never changes');
      else if (result.expression.warning)
        report([...at, 'when'], result.expression.warning, { severity: 'warning' });
      return;
    }
    case 'event':
      checkEvent('event', on.event);
      if (on.clearedBy !== undefined) checkEvent('clearedBy', on.clearedBy);
      return;
    case 'supervision':
    case 'finding':
      return;
  }
}
