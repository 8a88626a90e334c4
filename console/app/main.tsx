import './mantine.css';
import './tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { ApiError } from './api.ts';
import { Gate } from './gate.tsx';
import { Guard, Reloading } from './guard.tsx';
import { listenToKeys } from './keyboard.tsx';
import { startLanguage } from './language.ts';
import { liveClient } from './live.ts';
import { exposeSound, startRinging } from './ringer.ts';
import { SessionProvider } from './session.tsx';
import { cssVariables, theme } from './theme.ts';

// Styles that libraries write at run time carry the nonce of this answer (Content-Security-Policy); the gateway has put it here.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
if (nonce !== '') setNonce(nonce);

startLanguage();
startRinging();
exposeSound();
listenToKeys();
window.addEventListener('online', () => liveClient.hurry());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') liveClient.hurry();
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal stays a refusal; only silence and a busy gateway are worth a second try.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.code === 'network' || error.status === 503),
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={cssVariables}
    defaultColorScheme="auto"
    getStyleNonce={() => nonce}
  >
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <Guard fallback={() => <Reloading />}>
          <BrowserRouter useTransitions={false}>
            <Gate />
          </BrowserRouter>
        </Guard>
      </SessionProvider>
    </QueryClientProvider>
  </MantineProvider>,
);
