import { emptyUnit } from './modbus-slave.ts';
import { gardenWiring } from './site/demo-plant.ts';

// The two cabinets of the demo compound whose relays move something.

/** A contactor follows its relay within a moment. */
function follow(act: () => void): void {
  setTimeout(act, 400);
}

/** The cabinet of the pump room: two pumps on relays 1 and 2. */
export function createPumps() {
  const plant = { ...emptyUnit(), inputs: [1, 0, 0, 0, 0, 0, 0, 0], coils: [1, 0, 0, 0, 0, 0, 0, 0] };
  const run = (n: number) =>
    follow(() => {
      const tripped = plant.inputs[n * 2 + 1] === 1;
      plant.inputs[n * 2] = plant.coils[n] === 1 && !tripped ? 1 : 0;
    });
  return { plant: Object.assign(plant, { written: (address: number) => address < 2 && run(address) }), run };
}

/** The cabinet of the garden: light circuits, the fountain, the barriers of the gate. */
export function createGarden() {
  const { fountainRelay, fountainRuns, powered } = gardenWiring;
  const garden = { ...emptyUnit(), inputs: Array<number>(8).fill(0), coils: Array<number>(8).fill(0) };
  garden.inputs[powered] = 1;
  const written = (address: number) => {
    if (address === fountainRelay)
      follow(() => {
        garden.inputs[fountainRuns] = garden.coils[fountainRelay] ?? 0;
      });
  };
  return Object.assign(garden, { written });
}
