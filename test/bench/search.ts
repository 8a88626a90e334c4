/** What came of one rate. `close`: everything came, only a little late, so that it may have been the machine. */
export interface Judged {
  held: boolean;
  close: boolean;
  why: string;
}

export interface Probe extends Judged {
  rate: number;
}

/** The search ends when what is held and what is not are this close. */
const closeEnough = 1.06;
const stride = 1.6;

/**
 * The highest rate that is held: first by strides from the guess until one rate is held and one is not, then by halving between
 * them. A rate that is only just not held is tried once more.
 * @returns rate 0 when none was held
 */
export async function findHighest(
  guess: number,
  mostProbes: number,
  probe: (rate: number) => Promise<Judged>,
): Promise<{ rate: number; probes: Probe[] }> {
  const probes: Probe[] = [];
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = guess;
  while (probes.length < mostProbes && high > low * closeEnough) {
    const judged = await probe(rate);
    const first = probes.at(-1)?.rate !== rate;
    probes.push({ rate, ...judged });
    if (!judged.held && judged.close && first) continue;
    if (judged.held) low = rate;
    else high = rate;
    if (high === Number.POSITIVE_INFINITY) rate = Math.round(low * stride);
    else rate = Math.round(low === 0 ? high / stride : Math.sqrt(low * high));
  }
  return { rate: low, probes };
}
