import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Trial, TrialExchange, TrialFact, TrialInput } from '../../../gateway/contract/trial.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { useValueText } from '../../components/value.tsx';
import classes from './add.module.css';
import { spacedHex } from './hex.ts';
import { useFieldName } from './inspect-answer.tsx';
import { useFaultText } from './trial-faults.ts';

/** Whether anything of the device was understood. What only says that it is there shows that it reports. */
function isRead({ points, events, exchanges, failures }: Trial): boolean {
  if (points.some(({ quality }) => quality !== 'bad') || events.length > 0) return true;
  const heard = exchanges.some(({ outcome }) => outcome === 'taken');
  return heard && failures.every(({ fault }) => fault.code === 'taken-once-saved');
}

/** What came of trying: the bytes, what they mean, and how to mend what failed. */
export function TrialAnswer({ answer, kind }: { answer: Trial; kind: Kind }) {
  const { t } = useTranslation('integrateAdd');
  const faultText = useFaultText();
  const { points, events, failures, exchanges, facts, inputs } = answer;
  // That it is taken once it is saved is nothing to mend.
  const mends = failures.filter(({ fault }) => fault.code !== 'taken-once-saved');
  const verdict = !isRead(answer) ? 'try.bad' : mends.length > 0 ? 'try.partly' : 'try.good';
  return (
    <>
      {answer.way === 'none' ? null : (
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
      {inputs.length === 0 ? null : <Inputs inputs={inputs} />}
      {points.length === 0 ? null : <Points points={points} kind={kind} />}
      {events.map(({ type, data }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the events of one message, which does not change
        <Happened key={index} type={type} data={data} kind={kind} />
      ))}
      {facts.length === 0 ? null : <Facts facts={facts} />}
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

function Points({ points, kind }: { points: Trial['points']; kind: Kind }) {
  const { t } = useTranslation(['integrateAdd', 'terms']);
  const label = useLabel();
  const text = useValueText();
  return (
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
  );
}

function Happened(props: { type: string; data: Trial['events'][number]['data']; kind: Kind }) {
  const { t } = useTranslation('integrateAdd');
  const label = useLabel();
  const event = props.kind.events[props.type];
  return (
    <div data-testid={`trial-event-${props.type}`}>
      {t('events')}: <strong>{event ? label(event.label) : props.type}</strong>{' '}
      <code>{JSON.stringify(props.data)}</code>
    </div>
  );
}

/** What a composed device is bound to, by the names of those devices and points. */
function Inputs({ inputs }: { inputs: readonly TrialInput[] }) {
  const { t } = useTranslation(['integrateAdd', 'terms']);
  const label = useLabel();
  const text = useValueText();
  const time = useSiteTime();
  const devices = useEntities('devices');
  const { kindOf } = useCatalogue();
  return (
    <div>
      <strong>{t('inputs')}</strong> <span className={classes.dim}>{t('inputs.explain')}</span>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{t('value.from')}</th>
            <th>{t('value.value')}</th>
            <th>{t('value.quality')}</th>
          </tr>
        </thead>
        <tbody>
          {inputs.map(({ name, from, value, quality, at }) => {
            const dot = from.indexOf('.');
            const device = devices.find(({ id }) => id === from.slice(0, dot));
            const point = from.slice(dot + 1);
            const definition = kindOf(device?.type)?.points[point];
            return (
              <tr key={name} data-testid={`trial-input-${name}`}>
                <td>
                  {device?.name ?? from.slice(0, dot)} · {definition ? label(definition.label) : point}
                </td>
                <td className="gh-number">
                  <strong>{at === null ? t('inputs.never') : text(value, definition)}</strong>
                </td>
                <td>{at === null ? '' : `${t(`terms:quality.${quality}`)} · ${time.moment(at)}`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A fact in the user's language: the door of which it is, or what it is, and what it says. */
function useFactText(): (fact: TrialFact) => [name: string, value: string] {
  const { t } = useTranslation('integrateAdd');
  return ({ fact, door, value }) => {
    const yes = value === true ? 'yes' : 'no';
    if (fact === 'clock-off-s')
      return [
        t('fact.clock-off-s'),
        value === null ? t('fact.clock.none') : t('fact.clock.s', { seconds: Number(value) }),
      ];
    if (fact === 'opened' || fact === 'locked')
      return [t('fact.door', { door: door ?? '' }), t(`fact.${fact}.${yes}`)];
    if (fact === 'encrypts') return [t('fact.encrypts'), t(`fact.encrypts.${yes}`)];
    return [t(`fact.${fact}`), String(value ?? '—')];
  };
}

function Facts({ facts }: { facts: readonly TrialFact[] }) {
  const { t } = useTranslation('integrateAdd');
  const factText = useFactText();
  // What is told of one door stands together.
  const said = new Map<string, string[]>();
  for (const one of facts) {
    const [name, value] = factText(one);
    said.set(name, [...(said.get(name) ?? []), value]);
  }
  return (
    <div>
      <strong>{t('facts')}</strong>
      <dl className={classes.setup} data-testid="trial-facts">
        {[...said].map(([name, values]) => (
          <div key={name} className={classes.pair}>
            <dt>{name}</dt>
            <dd>{values.join(' · ')}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Exchange({ exchange }: { exchange: TrialExchange }) {
  const { about, outcome, sent, received, text, ms, at, fields } = exchange;
  const { t } = useTranslation('integrateAdd');
  const time = useSiteTime();
  const nameOf = useFieldName();
  const label = useLabel();
  return (
    <div className={classes.exchange}>
      <code className={classes.bytes}>{about}</code>
      <span>
        {t(`exchange.${outcome}`)}
        {ms === null ? '' : ` · ${t('exchange.ms', { ms })}`}
        {at === null ? '' : ` · ${t('exchange.at', { time: time.moment(at) })}`}
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
      {fields.length === 0 ? null : (
        <details className={`${classes.fold} ${classes.frame}`}>
          <summary>{t('exchange.fields', { count: fields.length })}</summary>
          <dl className={classes.setup}>
            {fields.map(({ name, value, unit, note }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a frame may have the same field several times; its place is what it is
              <div key={index} className={classes.pair}>
                <dt>{nameOf(name)}</dt>
                <dd>
                  {value === null ? '—' : String(value)}
                  {unit === undefined ? '' : ` ${unit}`}
                  {note === undefined ? '' : ` · ${label(note)}`}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}
