import { Button } from '@mantine/core';
import { useState } from 'react';

const shownMs = 1_500;

/** Puts a text on the clipboard. A console that is opened without TLS has no clipboard API: then by way of a selection. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** Copies a text and says so. */
export function CopyButton({ text, label, copied }: { text: string; label: string; copied: string }) {
  const [done, setDone] = useState(false);
  async function run(): Promise<void> {
    if (!(await copy(text))) return;
    setDone(true);
    setTimeout(() => setDone(false), shownMs);
  }
  return (
    <Button variant="default" size="compact-sm" onClick={() => void run()}>
      {done ? copied : label}
    </Button>
  );
}
