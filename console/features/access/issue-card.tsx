import { Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Card } from '../../../gateway/contract/card.ts';
import { normaliseTag, readTag } from '../../../gateway/contract/tag.ts';
import { api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { newId } from '../../app/ids.ts';
import { live, useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import { TagReading } from '../../components/tag-reading.tsx';
import classes from './access.module.css';
import { byController } from './card-list.ts';

/** Issues a card, or authorises one that is in use for other doors or another time. */
export function CardDialog(props: {
  asked: 'issue' | Card | null;
  onClose: () => void;
  onDone: (card: Card) => void;
}) {
  const { asked, onClose, onDone } = props;
  const { t } = useTranslation('access');
  return (
    <Dialog
      opened={asked !== null}
      onClose={onClose}
      title={
        asked === null
          ? ''
          : asked === 'issue'
            ? t('card.issueTitle')
            : t('card.changeTitle', { holder: asked.holder, number: asked.number })
      }
      size={640}
    >
      {asked === null ? null : (
        <CardForm card={asked === 'issue' ? null : asked} onClose={onClose} onDone={onDone} />
      )}
    </Dialog>
  );
}

function CardForm(props: { card: Card | null; onClose: () => void; onDone: (card: Card) => void }) {
  const { card, onClose, onDone } = props;
  const { t } = useTranslation(['access', 'app', 'parts']);
  const [site] = useEntities('site');
  const fieldOf = useFieldText();
  // One id for all tries: a repeated request issues nothing twice.
  const [id] = useState(() => newId());
  const [number, setNumber] = useState('');
  const [person, setPerson] = useState<string | null>(null);
  const [holder, setHolder] = useState('');
  const [doors, setDoors] = useState<readonly string[]>(card?.doors ?? []);
  const [from, setFrom] = useState(() => fieldOf(card?.validFrom ?? null));
  const [until, setUntil] = useState(() => fieldOf(card?.validUntil ?? null));
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const complete =
    doors.length > 0 &&
    (card !== null || (isCardNumber(number) && (person !== null || holder.trim() !== '')));

  function send(): Promise<Card> {
    const validFrom = momentOf(from, site?.timeZone);
    const validUntil = momentOf(until, site?.timeZone);
    const why = reason.trim() === '' ? {} : { reason: reason.trim() };
    if (card !== null)
      return api.patch<Card>(`/access/cards/${card.id}`, {
        doors,
        validFrom: validFrom ?? null,
        validUntil: validUntil ?? null,
        ...why,
      });
    const whose = person === null ? { holder: holder.trim() } : { person };
    return api.post<Card>('/access/cards', {
      ...{ id, card: number.trim(), ...whose, doors, validFrom, validUntil },
      ...why,
    });
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onDone(await send());
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form className={classes.cardForm} onSubmit={(event) => void submit(event)}>
      {card === null ? (
        <>
          <NumberField number={number} onChange={setNumber} />
          <Whose person={person} onPerson={setPerson} holder={holder} onHolder={setHolder} />
        </>
      ) : null}
      <DoorChoice chosen={doors} onChange={setDoors} />
      <div className={classes.cardFields}>
        <TextInput
          type="datetime-local"
          label={t('card.validFromOptional')}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label={t('card.validUntilOptional')}
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
      </div>
      <TextInput
        label={t('parts:confirm.reasonOptional')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={500}
      />
      <ProblemNote error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={!complete}>
          {t(card === null ? 'card.issueSubmit' : 'card.changeSubmit')}
        </Button>
      </Group>
    </form>
  );
}

/** The number with how it is understood; typed, or taken from the next card that is held to any reader. */
function NumberField({ number, onChange }: { number: string; onChange: (number: string) => void }) {
  const { t } = useTranslation('access');
  const checkpoints = useEntities('checkpoints');
  const events = useEntities('access-events');
  /** The newest record when reading began; null: nothing is waited for. */
  const [since, setSince] = useState<string | null>(null);
  const newest = events.reduce((id, event) => (event.id > id ? event.id : id), '');
  const held =
    since === null
      ? undefined
      : events
          .filter(({ id, card }) => id > since && card !== null)
          .reduce<(typeof events)[number] | undefined>(
            (first, event) => (first === undefined || event.id < first.id ? event : first),
            undefined,
          );
  useEffect(() => {
    if (!held?.card) return;
    onChange(held.card);
    setSince(null);
  }, [held, onChange]);
  const tag = normaliseTag(number);
  const checkpoint =
    number.trim() === '' ? undefined : checkpoints.find((one) => normaliseTag(one.tag) === tag);
  return (
    <div>
      <TextInput
        label={t('log.card')}
        description={t('card.numberHint')}
        value={number}
        onChange={(event) => onChange(event.currentTarget.value)}
        maxLength={64}
        autoComplete="off"
        required
        data-autofocus
      />
      <TagReading text={number} />
      {checkpoint === undefined ? null : (
        <div role="alert">
          {t('card.isCheckpoint', { name: checkpoint.name ?? checkpoint.id, tag: checkpoint.tag })}
        </div>
      )}
      <div className={classes.readNow}>
        {since === null ? (
          <Button variant="default" size="compact-sm" onClick={() => setSince(newest)}>
            {t('card.readNow')}
          </Button>
        ) : (
          <>
            <span role="status">{t('card.reading')}</span>
            <Button variant="default" size="compact-sm" onClick={() => setSince(null)}>
              {t('card.readStop')}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function isCardNumber(text: string): boolean {
  const { kind } = readTag(text);
  return text.trim() !== '' && kind !== 'words' && kind !== 'ibutton-fault';
}

/** A moment as a field of type `datetime-local` has it, in the site's time. */
function useFieldText(): (at: number | null) => string {
  const time = useSiteTime();
  return (at) => (at === null ? '' : `${time.date(at)}T${time.clock(at).slice(0, 5)}`);
}

function Whose(props: {
  person: string | null;
  onPerson: (person: string | null) => void;
  holder: string;
  onHolder: (holder: string) => void;
}) {
  const { person, onPerson, holder, onHolder } = props;
  const { t } = useTranslation('access');
  const people = useEntities('people');
  return (
    <div className={classes.cardFields}>
      <Select
        label={t('card.person')}
        placeholder={t('card.personPlaceholder')}
        data={people.map(({ id, name }) => ({ value: id, label: name }))}
        value={person}
        onChange={onPerson}
        searchable
        clearable
        limit={50}
      />
      <TextInput
        label={t('card.otherHolder')}
        placeholder={t('card.otherHolderPlaceholder')}
        value={holder}
        onChange={(event) => onHolder(event.currentTarget.value)}
        maxLength={120}
        disabled={person !== null}
      />
    </div>
  );
}

/** Doors under the controllers that keep their cards; one tick takes all of a controller. */
function DoorChoice(props: { chosen: readonly string[]; onChange: (doors: readonly string[]) => void }) {
  const { chosen, onChange } = props;
  const { t } = useTranslation('access');
  const catalogue = useCatalogue();
  const devices = useEntities('devices');
  const kindOf = (id: string | undefined) =>
    catalogue.kindOf(id === undefined ? undefined : live.get('devices', id)?.type)?.id;
  const groups = byController(
    devices.filter(({ id }) => kindOf(id) === 'door'),
    (id) => kindOf(id) === 'door-controller',
  );
  const put = (doors: readonly string[], on: boolean) => {
    const rest = chosen.filter((id) => !doors.includes(id));
    onChange(on ? [...rest, ...doors] : rest);
  };
  return (
    <fieldset className={classes.doorChoice}>
      <legend>{t('card.doors')}</legend>
      {groups.length === 0 ? <p>{t('card.noControllers')}</p> : null}
      {groups.map(({ controller, doors }) => {
        const ids = doors.map(({ id }) => id);
        const count = ids.filter((id) => chosen.includes(id)).length;
        return (
          <div key={controller} className={classes.doorGroup}>
            <Checkbox
              size="sm"
              label={<strong>{live.get('devices', controller)?.name ?? controller}</strong>}
              checked={count === ids.length}
              indeterminate={count > 0 && count < ids.length}
              onChange={(event) => put(ids, event.currentTarget.checked)}
            />
            <div className={classes.doorList}>
              {doors.map(({ id, name }) => (
                <Checkbox
                  key={id}
                  size="sm"
                  label={name}
                  checked={chosen.includes(id)}
                  onChange={(event) => put([id], event.currentTarget.checked)}
                />
              ))}
            </div>
          </div>
        );
      })}
    </fieldset>
  );
}
