const shape = /^(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})$/;

/** `HH:MM:SS,MM-DD-YYYY` as if it were UTC, ms; null when it is no time. */
export function readDc09Time(text: string): number | null {
  const match = shape.exec(text);
  if (!match) return null;
  const [hour = 0, minute = 0, second = 0, month = 0, day = 0, year = 0] = match.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // 31 February and 25:00 would roll over to another time.
  return formatDc09Time(at) === text ? at : null;
}

export function formatDc09Time(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${time.slice(0, 8)},${month}-${day}-${year}`;
}
