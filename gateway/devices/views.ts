import type { BadReason } from '../contract/bad-value.ts';
import type { DeviceView, PointView, TakenView } from '../contract/device-view.ts';
import type { Reading } from '../contract/reading.ts';
import type { TakenArgument } from './command-values.ts';
import type { Presence } from './presence.ts';
import type { Registry } from './registry.ts';

const takenView = ({ definition, step }: TakenArgument): TakenView =>
  step === 0 ? definition : { ...definition, step };

/** Devices and points as the API shows them, of committed state only. */
export function createViews(deps: {
  registry: Registry;
  presence: Presence;
  values: ReadonlyMap<string, Reading>;
  inVain: ReadonlyMap<string, BadReason>;
}) {
  const { registry, presence, values, inVain } = deps;
  return {
    ids: (): Iterable<string> => registry.ids(),
    device(id: string): DeviceView | undefined {
      const doc = registry.doc(id);
      if (!doc) return undefined;
      const live = registry.get(id);
      const commands = [...(live?.commands ?? [])].filter(([, { definition }]) => !definition.internal);
      return {
        ...doc,
        kind: live?.kind.id ?? null,
        category: live?.kind.category ?? null,
        state: presence.state(id),
        commands: commands.map(([name]) => name),
        takes: Object.fromEntries(
          commands.flatMap(([name, { takes }]) =>
            takes.size === 0
              ? []
              : [[name, Object.fromEntries([...takes].map(([word, taken]) => [word, takenView(taken)]))]],
          ),
        ),
        problem: registry.problemOf(id),
      };
    },
    points(id: string): PointView[] | undefined {
      const live = registry.get(id);
      if (!live) return registry.doc(id) ? [] : undefined;
      return [...live.points.values()].map(({ name, key, asked, definition: { label, unit, decimals } }) => {
        const known = values.get(key);
        const { value = null, quality = 'bad', at = 0, receivedAt = 0 } = known ?? {};
        const why = known?.why ?? (known || !asked ? null : (inVain.get(id) ?? null));
        return { point: name, value, quality, at, receivedAt, label, unit, decimals, why };
      });
    },
  };
}
export type Views = ReturnType<typeof createViews>;
