import { Button, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { ZoneState } from '../../../gateway/contract/zone.ts';
import { useAct } from '../../app/act.tsx';
import { api } from '../../app/api.ts';
import { live, useEntity } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { isBlind, standingSigns } from '../../app/zone-standing.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TwoStep } from '../../components/two-step.tsx';
import classes from './plan-card.module.css';

const hours = [1, 2, 4, 8, 12, 24, 72, 168];
const defaultHours = 4;

/** How a zone stands, and what may be done about it from the plan. */
export function ZoneControl({ zone, name, kind }: { zone: ZoneState; name: string; kind: Kind | undefined }) {
  const { t } = useTranslation(['overview', 'terms']);
  const can = useCan();
  const time = useSiteTime();
  const spoken = useWho();
  const [act, busy] = useAct();
  const [bypassing, setBypassing] = useState(false);
  const { id, armed, bypass, changedBy, changedAt } = zone;
  const state = useEntity('device-states', id);
  const blind = isBlind(state);
  const arming = armed ? 'armed' : 'disarmed';
  const always = kind?.alwaysArmed ?? false;
  const followsPanel =
    kind !== undefined && ('panel.armed' in kind.events || 'panel.disarmed' in kind.events);
  const own = !always && !followsPanel;
  return (
    <div className={classes.zone}>
      <div>
        <strong>
          {blind ? `${standingSigns.blind} ${t('terms:zone.blind')} · ` : `${standingSigns[arming]} `}
          {t(`zone.${arming}`)}
        </strong>
        {changedBy === '' ? null : (
          <span className={classes.dim}>
            {' '}
            {t('zone.changed', { by: spoken(changedBy), at: time.moment(changedAt) })}
          </span>
        )}
      </div>
      {blind ? <div>{t('zone.blind', { state: t(`terms:device.${state?.state ?? 'unknown'}`) })}</div> : null}
      {always ? <div className={classes.dim}>{t('zone.always')}</div> : null}
      {followsPanel ? <div className={classes.dim}>{t('zone.panel')}</div> : null}
      {bypass === null ? null : (
        <div>
          <strong>{standingSigns.bypassed} </strong>
          {t('zone.bypassedBy', {
            by: spoken(bypass.by),
            reason: bypass.reason,
            until: time.moment(bypass.until),
          })}
        </div>
      )}
      {bypassing ? (
        <BypassForm zone={zone} name={name} onClose={() => setBypassing(false)} />
      ) : (
        <div className={classes.actions}>
          {own && can('zones.arm') ? (
            armed ? (
              <TwoStep
                label={t('zone.disarm')}
                question={t('zone.disarmQuestion', { zone: name })}
                ask="password"
                onConfirm={(password) => api.post(`/zones/${id}/disarm`, { password })}
              />
            ) : (
              <Button
                size="compact-sm"
                loading={busy}
                onClick={() => void act(() => api.post(`/zones/${id}/arm`))}
              >
                {t('zone.arm')}
              </Button>
            )
          ) : null}
          {!always && can('zones.bypass') ? (
            bypass === null ? (
              <Button size="compact-sm" variant="default" onClick={() => setBypassing(true)}>
                {t('zone.bypass')}
              </Button>
            ) : (
              <Button
                size="compact-sm"
                variant="default"
                loading={busy}
                onClick={() => void act(() => api.post(`/zones/${id}/unbypass`))}
              >
                {t('zone.unbypass')}
              </Button>
            )
          ) : null}
        </div>
      )}
    </div>
  );
}

/** A bypass needs a reason and an end (ISA-18.2 §11: nothing is taken out of service without a limit). */
function BypassForm({ zone, name, onClose }: { zone: ZoneState; name: string; onClose: () => void }) {
  const { t } = useTranslation(['overview', 'app', 'parts']);
  const [reason, setReason] = useState('');
  const [length, setLength] = useState(defaultHours);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const until = live.serverNow() + length * 3_600_000;
      await api.post(`/zones/${zone.id}/bypass`, { reason: reason.trim(), until });
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <strong>{t('zone.bypassQuestion', { zone: name })}</strong>
      <TextInput
        size="xs"
        label={t('parts:confirm.reason')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={500}
        required
        autoFocus
      />
      <Select
        size="xs"
        label={t('bypass.for')}
        data={hours.map((n) => ({
          value: String(n),
          label: n <= 24 ? t('bypass.hours', { n }) : t('bypass.days', { n: n / 24 }),
        }))}
        value={String(length)}
        onChange={(value) => setLength(Number(value ?? defaultHours))}
        allowDeselect={false}
      />
      <div className={classes.actions}>
        <Button type="submit" size="compact-sm" loading={busy} disabled={reason.trim() === ''}>
          {t('zone.bypassed')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
      </div>
      <ProblemNote error={error} />
    </form>
  );
}
