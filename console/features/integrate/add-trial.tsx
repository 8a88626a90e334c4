import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Trial, TrialExchange } from '../../../gateway/contract/trial.ts';
import { api } from '../../app/api.ts';
import { useLabel } from '../../app/language.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { useValueText } from '../../components/value.tsx';
import classes from './add.module.css';
import { SetupList } from './add-setup.tsx';
import { spacedHex } from './hex.ts';
import { useFaultText } from './trial-faults.ts';
import type { Draft, TrialNow } from './use-trial.ts';

const settleMs = 400;

/** How a type is tried, as far as it can be said before. */
export function wayOf({ link }: DeviceType): Trial['way'] {
  switch (link) {
    case 'modbus':
    case 'dlt645':
    case 'cjt188':
      return 'asked';
    case 'composed':
      return 'bound';
    case 'none':
    case 'child':
    case 'osdp':
    case 'uhppote':
    case 'gbt26875':
      return 'none';
    default:
      return 'listened';
  }
}

/** What trying does. One that signs in to the gateway itself cannot be heard before it has its password. */
function idleWords(way: Trial['way'], { link }: Draft, { link: speech }: DeviceType) {
  return speech === 'native' && link === undefined ? 'fault.secret-once-saved' : (`try.idle.${way}` as const);
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
          <strong>{t(way === 'listened' ? 'try.waiting.listened' : 'try.waiting.asked')}</strong>
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

function TrialAnswer({ answer, kind }: { answer: Trial; kind: Kind }) {
  const { t } = useTranslation(['integrateAdd', 'terms']);
  const label = useLabel();
  const text = useValueText();
  const faultText = useFaultText();
  const { points, events, failures, exchanges } = answer;
  const got = points.some(({ quality }) => quality !== 'bad') || events.length > 0;
  const verdict = !got ? 'try.bad' : failures.length > 0 ? 'try.partly' : 'try.good';
  return (
    <>
      {answer.way === 'none' ? (
        <p className={classes.dim}>{t('try.idle.none')}</p>
      ) : (
        <strong data-testid="trial-verdict">
          {verdict === 'try.good' ? '✓ ' : ''}
          {t(verdict)}
        </strong>
      )}
      {failures.length === 0 ? null : (
        <ul className={classes.failures}>
          {failures.map(({ fault, words }) => (
            <li
              key={JSON.stringify([fault, words])}
              className={classes.failure}
              data-testid={`fault-${fault.code}`}
            >
              {faultText(fault, words, answer.line)}
            </li>
          ))}
        </ul>
      )}
      {points.length === 0 ? null : (
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('value.point')}</th>
              <th>{t('value.value')}</th>
              <th>{t('value.quality')}</th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ point, value, quality }) => {
              const definition = kind.points[point];
              return (
                <tr key={point} data-testid={`trial-${point}`}>
                  <td>{definition ? label(definition.label) : point}</td>
                  <td className="gh-number">
                    <strong>{text(value, definition)}</strong>
                  </td>
                  <td>{t(`terms:quality.${quality}`)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {events.map(({ type, data }, index) => {
        const event = kind.events[type];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the events of one message, which does not change
          <div key={index}>
            {t('events')}: <strong>{event ? label(event.label) : type}</strong>{' '}
            <code>{JSON.stringify(data)}</code>
          </div>
        );
      })}
      {exchanges.length === 0 ? null : (
        <div>
          <strong>{t('bytes')}</strong>
          {exchanges.map((exchange, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the exchanges of one trial, which does not change
            <Exchange key={index} exchange={exchange} />
          ))}
        </div>
      )}
    </>
  );
}

function Exchange({ exchange }: { exchange: TrialExchange }) {
  const { about, outcome, sent, received, text, ms } = exchange;
  const { t } = useTranslation('integrateAdd');
  return (
    <div className={classes.exchange}>
      <code className={classes.bytes}>{about}</code>
      <span>
        {t(`exchange.${outcome}`)}
        {ms === null ? '' : ` · ${t('exchange.ms', { ms })}`}
      </span>
      {sent === '' ? null : (
        <>
          <span className={classes.dim}>{t('exchange.sent')}</span>
          <code className={classes.bytes}>{spacedHex(sent)}</code>
        </>
      )}
      <span className={classes.dim}>{t('exchange.received')}</span>
      {received === '' ? (
        <span>{t('exchange.nothing')}</span>
      ) : (
        <code className={classes.bytes}>{text ?? spacedHex(received)}</code>
      )}
    </div>
  );
}
