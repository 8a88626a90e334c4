import { useEffect } from 'react';
import { calls } from './alarm-list.ts';
import { live, liveClient, shownLedger, useConnection, useEntities } from './live.ts';
import { isAudible, useSoundState } from './ringer.ts';

/**
 * Tells the gateway which alarms are painted. It stands in the component that draws them: its effect runs once their DOM is
 * there, the first animation frame comes before that DOM is painted, the second after. A hidden tab gets no frames, so nothing is
 * told until someone can see it. When sound comes on, what was told as unheard is told again. Frames under way are never called off: in a flood the next drawing would always be first.
 */
export function useReportShown(): void {
  const alarms = useEntities('alarms');
  const { state } = useConnection();
  const soundState = useSoundState();
  useEffect(() => {
    if (soundState === 'running') shownLedger.forget();
  }, [soundState]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: sound coming on makes news of what was told before.
  useEffect(() => {
    if (state !== 'live' || !shownLedger.hasNews(alarms)) return;
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        if (document.visibilityState !== 'visible' || live.connection().state !== 'live') return;
        for (const message of shownLedger.painted(alarms, isAudible())) liveClient.send(message);
      });
    });
  }, [alarms, state, soundState]);
}

const blinkMs = 500;

/** Turns the root's `data-blink` over twice a second while an alarm calls, so that everything blinks in step. */
export function useBlinking(): void {
  const calling = useEntities('alarms').some(calls);
  useEffect(() => {
    if (!calling) return;
    const root = document.documentElement;
    const timer = setInterval(() => {
      root.dataset.blink = root.dataset.blink === 'off' ? 'on' : 'off';
    }, blinkMs);
    return () => {
      clearInterval(timer);
      delete root.dataset.blink;
    };
  }, [calling]);
}
