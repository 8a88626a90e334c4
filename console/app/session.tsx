import { useQueryClient } from '@tanstack/react-query';
import i18next from 'i18next';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { SessionView } from '../../gateway/contract/account.ts';
import type { Permission } from '../../gateway/contract/permissions.ts';
import { act } from './act.tsx';
import { ApiError, api, onSignedOut } from './api.ts';
import type { Language } from './language.ts';
import { live, liveClient, onLiveRefused } from './live.ts';
import { preferencesOf, readPreference, writePreference } from './preferences.ts';

/** `setup`: the first administrator does not exist yet. `unreachable`: no answer; asked again every two seconds. */
export type Standing =
  | { state: 'asking' }
  | { state: 'unreachable' }
  | { state: 'setup' }
  | { state: 'signed-out' }
  | { state: 'signed-in'; session: SessionView };

export interface SessionActions {
  standing: Standing;
  /** Asks the gateway anew who is signed in. */
  refresh(): Promise<void>;
  signIn(user: string, password: string): Promise<void>;
  signInOnce(token: string): Promise<void>;
  signOut(): Promise<void>;
}

const SessionContext = createContext<SessionActions | null>(null);
const askAgainMs = 2_000;

async function ask(): Promise<Standing> {
  try {
    return { state: 'signed-in', session: await api.get<SessionView>('/session') };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'setup.required') return { state: 'setup' };
    if (error.status !== 401) return { state: 'unreachable' };
  }
  try {
    const { needed } = await api.get<{ needed: boolean }>('/setup');
    return { state: needed ? 'setup' : 'signed-out' };
  } catch {
    return { state: 'signed-out' };
  }
}

/** Takes over the language that this user chose, on this station or on another. */
function adopt(session: SessionView): void {
  preferencesOf(session.user);
  const language = session.language ?? readPreference('language');
  if (language !== null && language !== i18next.language) void i18next.changeLanguage(language);
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [standing, setStanding] = useState<Standing>({ state: 'asking' });
  const signedIn = useRef<string | null>(null);
  const questions = useRef(0);
  const queries = useQueryClient();

  const settle = useCallback(
    (next: Standing) => {
      const user = next.state === 'signed-in' ? next.session.user : null;
      // Nothing that one user could see may be left for the next.
      if (user !== signedIn.current) {
        signedIn.current = user;
        queries.clear();
        liveClient.stop();
        live.clear();
      }
      setStanding(next);
      if (next.state === 'signed-in') {
        adopt(next.session);
        liveClient.start();
      }
    },
    [queries],
  );

  /** The last question counts: an answer from before somebody came in or went must not turn him away again. */
  const askAnew = useCallback(
    async (heed: (next: Standing) => boolean = () => true) => {
      questions.current += 1;
      const mine = questions.current;
      const next = await ask();
      if (mine === questions.current && heed(next)) settle(next);
    },
    [settle],
  );

  const refresh = useCallback(() => askAnew(), [askAnew]);

  useEffect(() => {
    void refresh();
    const stopListening = onSignedOut(() => void refresh());
    // While the gateway is away the screen stays, with its bar; only a clear "not signed in" closes it.
    const stopRefused = onLiveRefused(() => void askAnew((next) => next.state !== 'unreachable'));
    return () => {
      stopListening();
      stopRefused();
    };
  }, [refresh, askAnew]);

  useEffect(() => {
    if (standing.state !== 'unreachable') return;
    const timer = setTimeout(() => void refresh(), askAgainMs);
    return () => clearTimeout(timer);
  }, [standing, refresh]);

  const actions = useMemo<SessionActions>(
    () => ({
      standing,
      refresh,
      async signIn(user, password) {
        await api.post('/session', { user, password });
        await refresh();
      },
      async signInOnce(token) {
        await api.post('/session/once', { token });
        await refresh();
      },
      async signOut() {
        await api.delete('/session');
        questions.current += 1;
        settle({ state: 'signed-out' });
      },
    }),
    [standing, refresh, settle],
  );

  return <SessionContext value={actions}>{children}</SessionContext>;
}

export function useSessionActions(): SessionActions {
  const actions = use(SessionContext);
  if (actions === null) throw new Error('useSessionActions stands outside SessionProvider');
  return actions;
}

/** Who is signed in; only below the sign-in gate. */
export function useSession(): SessionView {
  const { standing } = useSessionActions();
  if (standing.state !== 'signed-in') throw new Error('useSession stands outside the sign-in gate');
  return standing.session;
}

/** Whether a button is worth showing; the API decides anyway. */
export function useCan(): (permission: Permission) => boolean {
  const { permissions } = useSession();
  return useCallback((permission) => permissions.includes(permission), [permissions]);
}

/** Changes the language at once, remembers it here, and lets the gateway remember it for the user's other stations. */
export function useLanguageChoice(): (language: Language) => void {
  const { standing } = useSessionActions();
  const signedIn = standing.state === 'signed-in';
  return useCallback(
    (language) => {
      writePreference('language', language);
      void i18next.changeLanguage(language);
      if (signedIn) void act(() => api.patch('/session', { language }));
    },
    [signedIn],
  );
}
