import { relative } from 'node:path';
import type { Kind } from '../contract/kind.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import { widthOf } from '../devices/modbus.ts';
import type { TypeLibrary } from '../devices/type-library.ts';
import { newTypeText, pointAtLine, pointsInText, writePoints } from '../devices/type-points.ts';
import { conversion, unitsInto } from '../devices/units.ts';
import type { Files } from '../exchange/files.ts';
import { createPointSheets } from '../exchange/point-sheets.ts';
import { createPointExchange } from '../exchange/points.ts';
import { fault } from '../lib/errors.ts';

/** Spreadsheets of points, joined to the device types that they are of. */
export function joinPointExchange(deps: { catalogue: Catalogue; library: TypeLibrary; files: Files }) {
  const { catalogue, library, files } = deps;
  function kindOf(id: string): Kind {
    const kind = catalogue.kinds.get(id);
    if (kind) return kind;
    const message = `there is no kind "${id}" (known: ${[...catalogue.kinds.keys()].join(', ')})`;
    throw fault('request.invalid', message, { errors: [{ path: 'kind', message }] });
  }
  const points = createPointExchange({
    source: library.source,
    fresh(id, type) {
      library.checkFree(id);
      return newTypeText(id, type);
    },
    check(id, text) {
      const { type, problems } = catalogue.check(id, text);
      const folder = `${catalogue.siteDir ?? ''}/${id}`;
      return {
        type,
        problems: problems.map(({ file, line, column, severity, message }) => {
          const shown = relative(folder, file);
          const own = shown === 'type.yaml';
          return {
            where: `${shown}:${line}:${column}`,
            point: own ? pointAtLine(text, line) : null,
            ...{ severity, message },
          };
        }),
      };
    },
    kind: kindOf,
    pointsIn: pointsInText,
    write: writePoints,
    async save(actor, id, { text, base }, detail) {
      if (base === null) await library.create(actor, id, text, detail);
      else await library.save(actor, id, { text, base }, detail);
    },
    units: { conversion, from: unitsInto },
    registersOf: widthOf,
  });
  const sheets = createPointSheets({
    files,
    kind: kindOf,
    type(id) {
      const type = catalogue.types.get(id);
      if (!type) throw fault('not.found', `there is no sound device type "${id}"`);
      return { type, kind: kindOf(type.kind) };
    },
  });
  return { points, pointSheets: sheets };
}
export type JoinedPointExchange = ReturnType<typeof joinPointExchange>;
