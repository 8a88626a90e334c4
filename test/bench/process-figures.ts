import { readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second for every program (`USER_HZ`). */
const tickUs = 10_000;

/** User and system time of the processes with all their threads, µs (proc(5), fields 14 and 15 of `stat`). */
export function cpuUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may hold blanks and brackets; what follows its last bracket does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * tickUs;
  }, 0);
}

/** Resident memory of the processes, MiB. */
export function rssMiB(pids: readonly number[]): number {
  const kilobytes = pids.reduce((sum, pid) => {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return sum + Number(line?.[1] ?? 0);
  }, 0);
  return Math.round((kilobytes / 1_024) * 10) / 10;
}
