import type { Priority } from '../../gateway/contract/names.ts';
import { patterns, renderPattern, testPattern } from './sound-patterns.ts';

/** `locked`: the browser waits for a click. `declined`: this station has no sound, as someone who answers no alarms has said. */
export type SoundState = 'locked' | 'running' | 'declined' | 'unsupported';

/** What outlasts the page. */
export interface SoundMemory {
  declined(): boolean;
  remember(declined: boolean): void;
}

export interface Sound {
  state(): SoundState;
  subscribe(listener: () => void): () => void;
  /** Must be called from within a click or key press; plays the test tone once the context runs. Takes `decline` back. */
  unlock(): Promise<void>;
  /** No sound from here on, at this page and at those that are opened later. */
  decline(): void;
  /** The pattern to repeat from now on; null: quiet. */
  play(priority: Priority | null): void;
  playing(): Priority | null;
  playTest(): void;
  /** Root mean square of what leaves for the loudspeaker just now, 0 … 1: proof that it sounds. */
  level(): number;
}

/** Web Audio: pattern (a looped buffer, so no timer can starve it) → analyser → loudspeaker. */
export function createSound(open: () => AudioContext | null, memory: SoundMemory): Sound {
  const listeners = new Set<() => void>();
  const context = open();
  let declined = memory.declined();
  let wanted: Priority | null = null;
  let current: { priority: Priority; source: AudioBufferSourceNode } | null = null;
  const analyser = context?.createAnalyser() ?? null;
  const buffers = new Map<Priority | 'test', AudioBuffer>();
  if (context !== null && analyser !== null) {
    analyser.fftSize = 2048;
    analyser.connect(context.destination);
    context.onstatechange = () => {
      follow();
      tell();
    };
  }

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  function state(): SoundState {
    if (context === null) return 'unsupported';
    // Some browsers start by themselves on sites that are used much: a station without sound stays without.
    if (declined) return 'declined';
    return context.state === 'running' ? 'running' : 'locked';
  }

  function source(name: Priority | 'test', loop: boolean): AudioBufferSourceNode | null {
    if (context === null || analyser === null) return null;
    let buffer = buffers.get(name);
    if (buffer === undefined) {
      const samples = renderPattern(name === 'test' ? testPattern : patterns[name], context.sampleRate);
      buffer = context.createBuffer(1, samples.length, context.sampleRate);
      buffer.copyToChannel(samples, 0);
      buffers.set(name, buffer);
    }
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.loop = loop;
    node.connect(analyser);
    return node;
  }

  /** Brings what plays in line with what is wanted. */
  function follow(): void {
    const due = state() === 'running' ? wanted : null;
    if (current?.priority === due) return;
    current?.source.stop();
    current?.source.disconnect();
    current = null;
    if (due === null) return;
    const node = source(due, true);
    if (node === null) return;
    node.start();
    current = { priority: due, source: node };
  }

  function put(without: boolean): void {
    if (declined === without) return;
    declined = without;
    memory.remember(without);
  }

  function playTest(): void {
    if (state() === 'running') source('test', false)?.start();
  }

  return {
    state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async unlock() {
      if (context === null || state() === 'running') return;
      await context.resume();
      put(false);
      playTest();
      follow();
      tell();
    },
    decline() {
      put(true);
      follow();
      tell();
    },
    play(priority) {
      if (wanted === priority) return;
      wanted = priority;
      follow();
      tell();
    },
    playing: () => current?.priority ?? null,
    playTest,
    level() {
      if (analyser === null || state() !== 'running') return 0;
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    },
  };
}

/** The browser's context, or null where there is none. It starts by itself only where the browser was told to allow it. */
export function openAudioContext(): AudioContext | null {
  return typeof AudioContext === 'undefined' ? null : new AudioContext();
}
