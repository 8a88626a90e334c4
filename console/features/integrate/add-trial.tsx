import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Trial } from '../../../gateway/contract/trial.ts';
import { api } from '../../app/api.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';
import { SetupList } from './add-setup.tsx';
import { TrialAnswer } from './add-trial-answer.tsx';
import { noLineWords } from './trial-faults.ts';
import type { Draft, TrialNow } from './use-trial.ts';

const settleMs = 400;

/** How a type is tried, as far as it can be said before. */
export function wayOf({ link }: DeviceType): Trial['way'] {
  switch (link) {
    case 'modbus':
    case 'dlt645':
    case 'cjt188':
    case 'osdp':
    case 'uhppote':
    case 'child':
      return 'asked';
    case 'composed':
      return 'bound';
    case 'none':
      return 'none';
    default:
      return 'listened';
  }
}

/** What trying does, or why it cannot be done. One that signs in to the gateway itself cannot be heard before it has its password. */
function idleWords(way: Trial['way'], { link }: Draft, { link: speech, kind }: DeviceType) {
  if (way === 'none') return noLineWords(kind);
  if (speech === 'native' && link === undefined) return 'fault.secret-once-saved';
  if (speech === 'child') return 'try.idle.behind';
  if (speech === 'sia-dc09' || speech === 'gbt26875') return 'try.idle.panel';
  return `try.idle.${way}` as const;
}

function waitingWords(way: Trial['way'], { link }: DeviceType) {
  if (link === 'child') return 'try.waiting.behind';
  return way === 'listened' ? 'try.waiting.listened' : 'try.waiting.asked';
}

/** What came of trying: the bytes, what they mean, and how to mend what failed. */
export function TrialPanel(props: {
  trial: TrialNow;
  type: DeviceType;
  kind: Kind;
  /** The device as it stands in the form now. */
  draft: Draft;
}) {
  const { trial, type, kind, draft } = props;
  const { t } = useTranslation('integrateAdd');
  const way = wayOf(type);
  const drawn = JSON.stringify(draft);
  const [settled] = useDebouncedValue(drawn, settleMs);
  // What must be set in a device that speaks first is said before anything is tried.
  const { data: before } = useQuery({
    queryKey: ['trial-setup', settled],
    queryFn: () => api.post<Trial>('/trials', { ...draft, listenS: 0 }),
    // Not for each letter that is typed.
    enabled: way === 'listened' && settled === drawn,
    retry: false,
    staleTime: 60_000,
  });
  const { answer } = trial;
  const setup = answer?.setup ?? before?.setup ?? [];
  return (
    <Panel title={`5 ${t('step.try')}`}>
      <div className={classes.stack} data-testid="trial" aria-live="polite">
        {trial.busy ? (
          <strong>{t(waitingWords(way, type))}</strong>
        ) : answer ? (
          <TrialAnswer answer={answer} kind={kind} />
        ) : (
          <p className={classes.dim}>{t(idleWords(way, draft, type))}</p>
        )}
        <ProblemNote error={trial.error} />
        {setup.length === 0 ? null : <SetupList setup={setup} />}
      </div>
    </Panel>
  );
}
